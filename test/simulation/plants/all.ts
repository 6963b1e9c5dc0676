// Owns the list of planted bugs.

import { beyondPlants } from './beyond.ts'
import { creatingPlants } from './creating.ts'
import { foundPlants } from './found.ts'
import { observingPlants } from './observing.ts'
import type { Plant } from './plant.ts'
import { workingPlants } from './working.ts'

/** Every planted bug, PROTOCOL's first. */
export const plants: readonly Plant[] = [
  ...observingPlants,
  ...creatingPlants,
  ...workingPlants,
  ...beyondPlants,
  ...foundPlants,
]
