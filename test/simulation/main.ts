// `pnpm simulate`: many seeded schedules of the whole of Lockstep, several processes at once; see flags.ts for its options.
// Exit 1 on a broken guarantee, with the one command that repeats it, shortened; 2 where the call is wrong.

import { fileURLToPath } from 'node:url'
import { readFlags, type Run, usage } from './flags.ts'
import { type Found, hunt } from './hunt.ts'
import { openPlayer } from './player.ts'
import { plants } from './plants/all.ts'
import { type Job, serve, spread } from './pool.ts'
import { printSteps } from './shrink.ts'

/** Schedules that a process is given at once: a second or so, so that all end together. */
const shareSize = 25
const self = fileURLToPath(import.meta.url)

/** What a process of the pool tells. */
type Told = { seed: number; broken: string[] } | { plant: string; found: Found | null }

if (process.send) serve<Told>(work)
else {
  const flags = readFlags(process.argv.slice(2))
  if (flags.kind === 'help') process.stdout.write(usage)
  else if (flags.kind === 'list') list()
  else if (flags.kind === 'wrong') {
    process.stderr.write(`${flags.why}\n\n${usage}`)
    process.exitCode = 2
  } else process.exitCode = await direct(flags.run)
}

async function work(job: Job, tell: (told: Told) => void): Promise<void> {
  if (job.kind === 'hunt') {
    const plant = plants.find(({ name }) => name === job.plant)
    tell({ plant: job.plant, found: plant ? await hunt(plant, { ...job, story: 'first' }) : null })
    return
  }
  const player = await openPlayer()
  for (let seed = job.from; seed < job.from + job.count; seed++) {
    const { broken } = await player.run(seed)
    tell({ seed, broken })
  }
}

/** Answers the exit code. */
async function direct(run: Run): Promise<number> {
  if (run.plants.length > 1) return allPlants(run)
  if (run.schedules === 1) return one(run)
  const [plant] = run.plants
  if (plant) {
    const found = await hunt(plant, { ...run, story: 'last' })
    process.stdout.write(`${foundLine(plant.name, found, run.schedules)}\n`)
    if (found?.seed != null) await tell({ ...run, first: found.seed })
    return found ? 1 : 0
  }
  const began = performance.now()
  const failed = await many(run)
  const [first] = failed
  if (first !== undefined) await tell({ ...run, first })
  const seconds = Math.round((performance.now() - began) / 1000)
  const held = run.schedules - failed.length
  process.stdout.write(
    `${held} schedules held, ${failed.length} broke a guarantee (seeds ${run.first} to ${run.first + run.schedules - 1}, ${seconds} s)\n`,
  )
  return failed.length === 0 ? 0 : 1
}

/** Shares the seeds out; answers those that broke a guarantee. */
async function many({ first, schedules, processes }: Run): Promise<number[]> {
  const failed: number[] = []
  let ran = 0
  const jobs = Array.from({ length: Math.ceil(schedules / shareSize) }, (_, index): Job => {
    const from = first + index * shareSize
    return { kind: 'schedules', from, count: Math.min(shareSize, first + schedules - from) }
  })
  await spread<Told>(self, { jobs, processes }, (told) => {
    if (!('seed' in told)) return true
    ran++
    if (told.broken.length > 0) {
      failed.push(told.seed)
      process.stdout.write(`seed ${told.seed}\n  ${told.broken.join('\n  ')}\n`)
    }
    progress(`${ran} of ${schedules} schedules, ${failed.length} broke a guarantee`)
    return true
  })
  progress('')
  return failed.toSorted((a, b) => a - b)
}

/** Looks for every planted bug; 0: all were found. */
async function allPlants({ first, schedules, processes, plants: wanted }: Run): Promise<number> {
  const missed: string[] = []
  const jobs = wanted.map(({ name }): Job => ({ kind: 'hunt', plant: name, first, schedules }))
  await spread<Told>(self, { jobs, processes }, (told) => {
    if (!('plant' in told)) return true
    if (!told.found) missed.push(told.plant)
    process.stdout.write(`${foundLine(told.plant, told.found, schedules)}\n`)
    return true
  })
  process.stdout.write(`${wanted.length - missed.length} of ${wanted.length} planted bugs were found\n`)
  return missed.length === 0 ? 0 : 1
}

function foundLine(name: string, found: Found | null, schedules: number): string {
  if (!found) return `${name}: not found in ${schedules} schedules`
  const how = found.seed === null ? 'its story' : `schedule ${found.ran} (seed ${found.seed})`
  return `${name}: found by ${how}: ${found.broken[0]}`
}

async function one(run: Run): Promise<number> {
  const player = await openPlayer(run.plants[0])
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
  const player = await openPlayer(run.plants[0])
  const failed = await player.run(run.first)
  const { outcome, keep } = await player.shrink(failed)
  print(run, outcome.broken, new Set(keep))
}

function print({ first, plants: [plant] }: Run, broken: readonly string[], keep: ReadonlySet<number>): void {
  const planted = plant ? ` --plant ${plant.name}` : ''
  process.stdout.write(
    `seed ${first}, shortened to ${keep.size} steps\n  ${broken.join('\n  ')}\n` +
      `  again: pnpm simulate --seed ${first}${planted} --schedules 1 --trace --keep ${printSteps([...keep])}\n`,
  )
}

function list(): void {
  const width = Math.max(...plants.map(({ name }) => name.length))
  for (const { name, wrong } of plants) process.stdout.write(`${name.padEnd(width)}  ${wrong}\n`)
}

function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`)
}
