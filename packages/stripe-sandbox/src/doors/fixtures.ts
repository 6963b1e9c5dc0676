/** Owns the door of fixtures. */
import { seed } from '../fixtures/seed.ts'
import type { Json } from '../json.ts'
import type { Door } from './door.ts'

/** Seed. */
export const fixtureDoors: readonly Door[] = [
  {
    method: 'POST',
    path: '/_sandbox/fixtures',
    about:
      'Makes the {fixtures}, all or none, with their events unless {silent}; see "Fixtures" in the README.',
    run: ({ core, body }) => {
      const { fixtures, silent = false } = body
      if (typeof silent !== 'boolean') throw new Error('silent must be true or false')
      // A member of a body that was parsed as JSON.
      return { seeded: seed(core, fixtures as Json | undefined, { silent }) }
    },
  },
]
