// A process that ended keeps its part in what the processes below one have used.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { secondsOfTree } from './processor-time.ts'

test.runIf(existsSync('/proc/self/stat'))('the time of a child that has ended still counts', async () => {
  const before = await secondsOfTree(process.pid)
  // Half a second of the child's own processor time, however busy the machine is.
  const busy = 'while (process.cpuUsage().user < 500_000);'
  expect(spawnSync(process.execPath, ['-e', busy]).status).toBe(0)
  const after = await secondsOfTree(process.pid)
  expect((after ?? 0) - (before ?? 0)).toBeGreaterThanOrEqual(0.5)
})

test.runIf(existsSync('/proc/self/stat'))('of a process that is gone nothing is told', async () => {
  expect(await secondsOfTree(2 ** 30)).toBeNull()
})
