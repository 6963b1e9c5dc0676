/** Owns the list of doors, in the order in which they are shown. */
import { accountDoors } from './accounts.ts'
import { clockDoors } from './clock.ts'
import { customerDoors } from './customers.ts'
import type { Door } from './door.ts'
import { eventDoors } from './events.ts'
import { faultDoors } from './faults.ts'
import { fixtureDoors } from './fixtures.ts'
import { observeDoors } from './observe.ts'
import { pageDoors } from './pages.ts'
import { portalDoors } from './portal.ts'
import { settingDoors } from './settings.ts'

/** Every door. */
export const doors: readonly Door[] = [
  ...pageDoors,
  ...portalDoors,
  ...observeDoors,
  ...settingDoors,
  ...clockDoors,
  ...faultDoors,
  ...fixtureDoors,
  ...accountDoors,
  ...eventDoors,
  ...customerDoors,
]
