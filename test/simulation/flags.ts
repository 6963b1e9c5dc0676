// Owns the command line of the simulation. Exit 2 where the call is wrong, with what would be right.

import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { plants } from './plants/all.ts'
import type { Plant } from './plants/plant.ts'
import { readSteps } from './shrink.ts'

export const usage = `usage: pnpm simulate [options]

Runs seeded schedules of the whole of Lockstep on one thread each, with deaths, lost
and doubled messages, faults at Stripe and days that pass, and judges how they end.

  --schedules N   how many (1 to 1000000); 1000, or 1 where a seed is given
  --seed S        the first seed (1 to 1000000000); by default a random one
  --keep STEPS    only these steps happen, such as 3,10-20; for one schedule
  --trace         print what happened, for one schedule
  --plant NAME    with a bug planted, until a schedule or its story shows it;
                  list: names them. all: looks for each, in 2000 schedules at most
  --processes N   how many at once (1 to 64); 2 by default
  --help          this text

Exit code 0: every schedule held (--plant all: every bug was found). 1: a guarantee was
broken (a bug was not found). 2: the call was wrong.
`

/** What to run. */
export interface Run {
  first: number
  schedules: number
  keep?: ReadonlySet<number>
  trace: boolean
  /** Empty: the product as it is. */
  plants: readonly Plant[]
  processes: number
}

/** help, list: to be printed, exit 0. wrong: to be printed with the usage, exit 2. */
export type Flags =
  | { kind: 'run'; run: Run }
  | { kind: 'help' }
  | { kind: 'list' }
  | { kind: 'wrong'; why: string }

const seedMax = 1_000_000_000

/** Reads the arguments after the command. */
export function readFlags(args: readonly string[]): Flags {
  let values
  try {
    values = parseArgs({
      args: [...args],
      options: {
        schedules: { type: 'string' },
        seed: { type: 'string' },
        keep: { type: 'string' },
        trace: { type: 'boolean', default: false },
        plant: { type: 'string' },
        processes: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return wrong(error instanceof Error ? error.message : 'cannot be read')
  }
  if (values.help) return { kind: 'help' }
  if (values.plant === 'list') return { kind: 'list' }
  const seed = whole(values.seed, seedMax)
  const schedules = whole(values.schedules, 1_000_000)
  const processes = whole(values.processes, 64)
  if (seed === null) return wrong(`--seed ${values.seed} is no whole number from 1 to ${seedMax}`)
  if (schedules === null) return wrong(`--schedules ${values.schedules} is no whole number from 1 to 1000000`)
  if (processes === null) return wrong(`--processes ${values.processes} is no whole number from 1 to 64`)
  const planted = plants.filter(({ name }) => name === values.plant || values.plant === 'all')
  if (values.plant !== undefined && planted.length === 0)
    return wrong(`there is no planted bug ${values.plant}; --plant list names them`)
  const keep = values.keep === undefined ? undefined : readSteps(values.keep)
  if (keep === null) return wrong(`--keep ${values.keep} is no list of steps such as 3,10-20`)
  const usual = values.plant === 'all' ? 2000 : seed === undefined || planted.length > 0 ? 1000 : 1
  const count = schedules ?? usual
  if (count > 1 && (keep || values.trace)) return wrong('--keep and --trace go with one schedule')
  return {
    kind: 'run',
    run: {
      first: seed ?? randomInt(1, seedMax),
      schedules: count,
      trace: values.trace,
      processes: processes ?? 2,
      plants: planted,
      ...(keep && { keep }),
    },
  }
}

function wrong(why: string): Flags {
  return { kind: 'wrong', why }
}

/** undefined: not given. null: out of range, or no number. */
function whole(text: string | undefined, max: number): number | undefined | null {
  if (text === undefined) return undefined
  const number = /^\d{1,10}$/.test(text) ? Number(text) : 0
  return number >= 1 && number <= max ? number : null
}
