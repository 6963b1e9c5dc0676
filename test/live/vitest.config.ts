// Owns how the live tests run: as all others, but only when asked for, since they need a Stripe account.

import { defineConfig, mergeConfig } from 'vitest/config'
import base from '../../vitest.config.ts'

const { test, ...others } = base
export default mergeConfig(
  { ...others, test: { ...test, include: [] } },
  // Over the sea and back, a few times (ms).
  defineConfig({ test: { include: ['test/live/*.live.ts'], testTimeout: 300_000 } }),
)
