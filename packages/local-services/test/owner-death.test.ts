// However the process that started services ends, nothing of them is left.
import { readdir } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { folderForTest, isRunning, startScript } from './support/processes.ts'

/** Long enough for a machine under load; the guard needs a fraction of a second. */
const leftMs = 20_000

describe('when the owner of services', () => {
  test.each([
    ['is killed with SIGKILL', ['mongo'], (pid: number) => process.kill(pid, 'SIGKILL')],
    ['and its whole group get Ctrl-C', ['mongo'], (pid: number) => process.kill(-pid, 'SIGINT')],
    ['is ended by SIGTERM', [], (pid: number) => process.kill(pid, 'SIGTERM')],
    ['exits without stopping them', ['exit'], () => true],
    ['dies of an error nobody catches', ['throw'], () => true],
  ])('%s, no process and no file of theirs is left', { timeout: 60_000 }, async (_name, how, end) => {
    const temporary = await folderForTest()
    const owner = startScript('owner.ts', ['redis', ...how], { TMPDIR: temporary })
    const pids: number[] = JSON.parse((await owner.line()) ?? '[]')
    expect(pids.length).toBeGreaterThanOrEqual(1)
    end(owner.pid)
    const left = async () => {
      const running = await Promise.all([owner.pid, ...pids].map(isRunning))
      return { processes: running.filter(Boolean).length, files: await readdir(temporary) }
    }
    await expect.poll(left, { timeout: leftMs }).toEqual({ processes: 0, files: [] })
  })
})
