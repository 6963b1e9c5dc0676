// Owns the running of schedules in this process, on the product as it is or with a bug planted.

import { importPlanted } from './plants/install.ts'
import type { Plant } from './plants/plant.ts'
import type * as Schedule from './schedule.ts'
import type * as Shrink from './shrink.ts'

export interface Player {
  run(seed: number, keep?: ReadonlySet<number>): Promise<Schedule.Outcome>
  shrink(failed: Schedule.Outcome): ReturnType<typeof Shrink.shrink>
}

/** A player whose product has this bug; none: as it is. */
export async function openPlayer(plant?: Plant): Promise<Player> {
  forgiveDeaths()
  const { runSchedule } = await load<typeof Schedule>('./schedule.ts', plant)
  const { shrink } = await load<typeof Shrink>('./shrink.ts', plant)
  const options = plant?.climate ? { climate: plant.climate } : {}
  return {
    run: (seed, keep) => runSchedule(seed, { ...options, ...(keep && { keep }) }),
    shrink: (failed) => shrink(failed, options),
  }
}

async function load<Module>(file: string, plant: Plant | undefined): Promise<Module> {
  const url = new URL(file, import.meta.url)
  // The module at this place has this shape, planted or not.
  return (plant ? await importPlanted(url, plant) : await import(url.href)) as Module
}

let forgiving = false

/** What a dead process left hanging ends nowhere; anything else that nobody catches is a failure. */
export function forgiveDeaths(): void {
  if (forgiving) return
  forgiving = true
  process.on('unhandledRejection', (error) => {
    if (!(error instanceof Error) || error.name !== 'Death') throw error
  })
}
