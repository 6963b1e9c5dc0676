// Owns the search for a planted bug: by the first schedule that shows it, and by its story, where it has one.

import { importPlanted } from './plants/install.ts'
import type { Plant } from './plants/plant.ts'
import { forgiveDeaths, openPlayer } from './player.ts'
import { stories } from './stories.ts'
import type * as Story from './story.ts'

/** How a planted bug was found. `seed`: of the schedule that showed it; null: its story did. */
export interface Found {
  seed: number | null
  /** Schedules that ran. */
  ran: number
  /** The guarantees that it broke, one line each. */
  broken: readonly string[]
}

export interface HuntOptions {
  /** The first seed. */
  first: number
  /** How many schedules at most. */
  schedules: number
  /** The story, which takes no time, is told before any schedule runs, or only where none shows the bug. */
  story: 'first' | 'last'
}

/** Looks for this bug; null: nothing shows it. */
export async function hunt(plant: Plant, { first, schedules, story }: HuntOptions): Promise<Found | null> {
  const told = story === 'first' ? await byStory(plant, 0) : null
  if (told) return told
  const player = await openPlayer(plant)
  for (let seed = first; seed < first + schedules; seed++) {
    const { broken } = await player.run(seed)
    if (broken.length > 0) return { seed, ran: seed - first + 1, broken }
  }
  return story === 'last' ? await byStory(plant, schedules) : null
}

async function byStory(plant: Plant, ran: number): Promise<Found | null> {
  const story = stories[plant.name]
  if (!story) return null
  forgiveDeaths()
  // The module at this place has this shape, planted or not.
  const planted = (await importPlanted(new URL('./story.ts', import.meta.url), plant)) as typeof Story
  const broken = await planted.tellStory(story)
  return broken.length > 0 ? { seed: null, ran, broken } : null
}
