// `node test/proofs/stack/main.ts NAME [--seed N] [--rounds N]`, or `pnpm prove NAME` with SEED and ROUNDS set: one proof on
// the real stack, its figures with what was asked beside them. Exit 0 where all of it was reached, 1 where not or where the
// run went wrong, 2 for a wrong call.

import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { openScreen } from '@lockstep/cli/terminal/screen'
import { reached } from '../../bench/benchmark.ts'
import { machine } from '../../bench/machine.ts'
import { printFigures } from '../../bench/print-figures.ts'
import { chanceOf } from '../../support/chance.ts'
import { burstProof } from './burst.ts'
import { hotCustomerProof } from './hot-customer.ts'
import { limitsProof } from './limits.ts'
import type { StackProof } from './proof.ts'
import { recoveryProof } from './recovery.ts'
import { killsProof, outagesProof } from './rounds.ts'
import { soakProof } from './soak.ts'
import { stormProof } from './storm.ts'

const proofs: readonly StackProof[] = [
  limitsProof,
  stormProof,
  hotCustomerProof,
  burstProof,
  recoveryProof,
  outagesProof,
  soakProof,
  killsProof,
]

const usage = `usage: node test/proofs/stack/main.ts NAME [--seed N] [--rounds N]

${proofs.map(({ name, summary }) => `  ${name.padEnd(14)} ${summary}`).join('\n')}
`

const { proof, seed, rounds } = readCall()
const screen = openScreen(process.stdout, process.env)
const { cpu, cores, node, load } = machine()
screen.title(`${proof.name}: ${proof.summary}`)
screen.note(`${cpu}, ${cores} cores, Node ${node}, load ${load}`)
screen.note(`again: SEED=${seed} npx -y pnpm@12 prove ${proof.name}`)
const remarks: string[] = []
try {
  const figures = await proof.run({
    chance: chanceOf(seed),
    rounds,
    tell: (step) => screen.note(`${step} …`),
    remark: (text) => remarks.push(text),
    progress: (text, total) => screen.progress(text, total),
  })
  screen.line()
  printFigures(screen, figures)
  for (const remark of remarks) screen.paragraph(remark)
  process.exitCode = figures.every((figure) => reached(figure) !== false) ? 0 : 1
} catch (error) {
  for (const remark of remarks) screen.paragraph(remark)
  screen.failed(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

function readCall(): { proof: StackProof; seed: number; rounds: number | null } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { seed: { type: 'string' }, rounds: { type: 'string' }, help: { type: 'boolean' } },
    })
    if (values.help) {
      process.stdout.write(usage)
      process.exit(0)
    }
    const [name = '', ...more] = positionals
    const found = proofs.find((each) => each.name === name)
    if (!found || more.length > 0) throw new Error(`name one proof, not "${positionals.join(' ')}"`)
    return {
      proof: found,
      seed: whole('--seed', values.seed ?? process.env['SEED']) ?? randomInt(1, 2 ** 31),
      rounds: whole('--rounds', values.rounds ?? process.env['ROUNDS']),
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(2)
  }
}

function whole(option: string, text: string | undefined): number | null {
  if (text === undefined) return null
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Error(`${option} needs a whole number from 1 on, not ${text}`)
  return Number(text)
}
