// Owns the list of migrations. Version 1 is the shape of release 0.1.0.

import type { Migration } from './migration.ts'
import { rememberKeptPushes } from './remember-kept-pushes.ts'

/** In the order of their versions, from 2 on. */
export const migrations: readonly Migration[] = [rememberKeptPushes]

export const firstVersion = 1
