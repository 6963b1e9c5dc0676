// Owns how the tests run: which files, in which processes, with which services.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // Real processes and sockets are under test: each file has a process of its own.
    pool: 'forks',
    // Two processes leave room for the servers under test on a machine with two cores.
    maxWorkers: 2,
    // Tests wait on conditions, and a slow machine is no failure (ms).
    testTimeout: 60_000,
    hookTimeout: 60_000,
    retry: 0,
    globalSetup: ['test/support/databases.ts'],
  },
})
