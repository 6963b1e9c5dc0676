// `pnpm simulate [--schedules N] [--seed S]`: many seeded schedules of the whole of Lockstep in one process.
// Exit 1 on a broken guarantee, with the one command that repeats it; 2 where the call is wrong.

import { parseArgs } from 'node:util'
import { randomInt } from 'node:crypto'
import { runSchedule } from './schedule.ts'
import { Death } from './simulated-process.ts'

const usage = 'usage: pnpm simulate [--schedules N] [--seed S] [--trace]\n'

function whole(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 1 && number <= 1_000_000_000) return number
  process.stderr.write(usage)
  process.exit(2)
}

const { values } = parseArgs({
  options: { schedules: { type: 'string' }, seed: { type: 'string' }, trace: { type: 'boolean' } },
})
// What a dead process left hanging ends nowhere; anything else that nobody catches is a failure.
process.on('unhandledRejection', (error) => {
  if (!(error instanceof Death)) throw error
})

const first = whole(values.seed, randomInt(1, 1_000_000_000))
const schedules = whole(values.schedules, values.seed === undefined ? 1000 : 1)
let failed = 0
for (let seed = first; seed < first + schedules; seed++) {
  const { broken, trace } = await runSchedule(seed)
  if (values.trace) process.stdout.write(`${trace.join('\n')}\n`)
  if (broken.length === 0) continue
  failed++
  process.stdout.write(
    `seed ${seed}\n  ${broken.join('\n  ')}\n  again: pnpm simulate --seed ${seed} --trace\n`,
  )
}
process.stdout.write(
  `${schedules - failed} schedules held, ${failed} broke a guarantee (seeds ${first} to ${first + schedules - 1})\n`,
)
process.exitCode = failed === 0 ? 0 : 1
