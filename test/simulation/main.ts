// `pnpm simulate`: many seeded schedules of the whole of Lockstep, several processes at once; see flags.ts for its options.
// Exit 1 on a broken guarantee, with the one command that repeats it, shortened; 2 where the call is wrong.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { readFlags, type Run, usage } from './flags.ts'
import { openPlayer } from './player.ts'
import { plants } from './plants/all.ts'
import { printSteps } from './shrink.ts'

/** Schedules that a process is given at once: some seconds, so that all end together. */
const shareSize = 25

const flags = readFlags(process.argv.slice(2))
if (flags.kind === 'help') process.stdout.write(usage)
else if (flags.kind === 'list') {
  const width = Math.max(...plants.map(({ name }) => name.length))
  for (const { name, wrong } of plants) process.stdout.write(`${name.padEnd(width)}  ${wrong}\n`)
} else if (flags.kind === 'wrong') {
  process.stderr.write(`${flags.why}\n\n${usage}`)
  process.exitCode = 2
} else if (process.send) await play(flags.run)
else process.exitCode = await direct(flags.run)

/** One of several processes: runs what it is told to, and tells what broke. */
async function play(run: Run): Promise<void> {
  const player = await openPlayer(run.plant)
  process.on('message', (share: { from: number; count: number }) => {
    void (async () => {
      for (let seed = share.from; seed < share.from + share.count; seed++) {
        const { broken } = await player.run(seed)
        process.send?.({ seed, broken })
      }
      process.send?.('ready')
    })()
  })
  process.send?.('ready')
}

/** Answers the exit code. */
async function direct(run: Run): Promise<number> {
  if (run.schedules === 1) return one(run)
  const began = performance.now()
  const { ran, failed } = await many(run)
  const seconds = Math.round((performance.now() - began) / 1000)
  const seeds = `seeds ${run.first} to ${run.first + run.schedules - 1}`
  if (run.plant) {
    process.stdout.write(
      failed.length > 0
        ? `${run.plant.name}: found in schedule ${ran} of ${run.schedules}\n`
        : `${run.plant.name}: not found in ${ran} schedules (${seeds})\n`,
    )
  }
  const [first] = failed
  if (first !== undefined) await tell({ ...run, first, schedules: 1 })
  process.stdout.write(
    `${ran - failed.length} schedules held, ${failed.length} broke a guarantee (${seeds}, ${seconds} s)\n`,
  )
  return failed.length === 0 ? 0 : 1
}

/** Shares the seeds out; with a plant it ends at the first that shows it. */
async function many(run: Run): Promise<{ ran: number; failed: number[] }> {
  const failed: number[] = []
  const last = run.first + run.schedules
  let next = run.first
  let ran = 0
  const options = run.plant ? ['--plant', run.plant.name] : []
  const count = Math.min(run.processes, Math.ceil(run.schedules / shareSize))
  await Promise.all(
    Array.from({ length: count }, () => {
      const child = fork(fileURLToPath(import.meta.url), ['--seed', '1', ...options])
      return new Promise<void>((done, fail) => {
        child.on('message', (told: 'ready' | { seed: number; broken: string[] }) => {
          if (told === 'ready') {
            if (next >= last) return void child.kill()
            const share = { from: next, count: Math.min(shareSize, last - next) }
            next += share.count
            return void child.send(share)
          }
          ran++
          progress(ran, run.schedules, failed.length)
          if (told.broken.length === 0) return
          failed.push(told.seed)
          if (run.plant) {
            next = last
            child.kill()
          } else process.stdout.write(`seed ${told.seed}\n  ${told.broken.join('\n  ')}\n`)
        })
        child.on('exit', (code, signal) =>
          signal === 'SIGTERM' ? done() : fail(new Error(`a process ended with ${code ?? signal}`)),
        )
      })
    }),
  )
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  return { ran, failed }
}

function progress(ran: number, of: number, failed: number): void {
  if (process.stderr.isTTY && ran % 10 === 0)
    process.stderr.write(`\r\x1b[K${ran} of ${of} schedules, ${failed} broke a guarantee`)
}

async function one(run: Run): Promise<number> {
  const player = await openPlayer(run.plant)
  const outcome = await player.run(run.first, run.keep)
  if (run.trace) process.stdout.write(`${outcome.trace.join('\n')}\n`)
  if (outcome.broken.length === 0) {
    process.stdout.write(`seed ${run.first} held (trace ${outcome.hash.slice(0, 16)})\n`)
    return 0
  }
  if (run.keep) print(run, outcome.broken, run.keep)
  else await tell(run)
  return 1
}

/** Shortens the schedule of this seed, and prints what it breaks and how to see it again. */
async function tell(run: Run): Promise<void> {
  const player = await openPlayer(run.plant)
  const failed = await player.run(run.first)
  const { outcome, keep } = await player.shrink(failed)
  print(run, outcome.broken, new Set(keep))
}

function print(run: Run, broken: readonly string[], keep: ReadonlySet<number>): void {
  const plant = run.plant ? ` --plant ${run.plant.name}` : ''
  process.stdout.write(
    `seed ${run.first}, shortened to ${keep.size} steps\n  ${broken.join('\n  ')}\n` +
      `  again: pnpm simulate --seed ${run.first}${plant} --schedules 1 --trace --keep ${printSteps([...keep])}\n`,
  )
}
