// The cache: an entry is whole or absent, and several builders do not meet.
import { access, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type CacheEntry, cached, cacheFolder } from '../src/cache/cache-entry.ts'
import { folderForTest, startScript } from './support/processes.ts'

/** An entry of one file; `builds` counts how often it was made. */
function smallEntry(changes: Partial<CacheEntry> = {}) {
  const builds: string[] = []
  const entry: CacheEntry = {
    name: 'thing',
    announce: () => {},
    build: async (folder) => {
      builds.push(folder)
      await writeFile(join(folder, 'part'), 'whole')
      return { version: '1' }
    },
    damage: (folder) =>
      access(join(folder, 'part')).then(
        () => undefined,
        () => 'part is missing',
      ),
    ...changes,
  }
  return { entry, builds }
}

test('an entry is built once and found from then on', async () => {
  const root = await folderForTest()
  const { entry, builds } = smallEntry()
  await cached(root, entry)
  expect(await cached(root, entry)).toEqual({ folder: join(root, 'thing'), facts: { version: '1' } })
  expect(builds).toHaveLength(1)
})

test('a build that fails leaves nothing, and the next one starts afresh', async () => {
  const root = await folderForTest()
  const { entry: failing } = smallEntry({
    build: async (folder) => {
      await writeFile(join(folder, 'part'), 'half')
      throw new Error('the mirror is away')
    },
  })
  await expect(cached(root, failing)).rejects.toThrow('the mirror is away')
  expect(await readdir(root)).toEqual([])
  const { entry } = smallEntry()
  await expect(cached(root, entry)).resolves.toMatchObject({ facts: { version: '1' } })
})

test('a folder without its seal, or with a part missing, is not taken for good', async () => {
  const root = await folderForTest()
  const lines: string[] = []
  const { entry, builds } = smallEntry({ announce: (line) => lines.push(line) })
  await mkdir(join(root, 'thing'))
  await writeFile(join(root, 'thing', 'part'), 'half')
  const first = await cached(root, entry)
  await writeFile(join(first.folder, 'complete.json'), '{"version": "1')
  await cached(root, entry)
  await expect(
    cached(root, { ...entry, damage: () => Promise.resolve('part is gone') }),
  ).resolves.toBeDefined()
  expect(builds).toHaveLength(3)
  expect(lines.filter((line) => line.includes('is damaged'))).toHaveLength(3)
})

test('of two processes one builds, the other waits and finds it', { timeout: 30_000 }, async () => {
  const root = await folderForTest()
  const [one, other] = [startScript('builder.ts', [root]), startScript('builder.ts', [root])]
  const all = async (script: typeof one) => {
    const lines = []
    for (let line = await script.line(); line !== undefined; line = await script.line()) lines.push(line)
    return lines
  }
  const lines = (await Promise.all([all(one), all(other)])).flat()
  expect(lines.filter((line) => line === 'building')).toHaveLength(1)
  expect(lines.filter((line) => line === join(root, 'thing'))).toHaveLength(2)
})

test('a builder killed in the middle holds up nobody, and its remains go', { timeout: 30_000 }, async () => {
  const root = await folderForTest()
  const dying = startScript('builder.ts', [root, 'hang'])
  expect(await dying.line()).toBe('building')
  const waiting = startScript('builder.ts', [root])
  expect(await waiting.line()).toBe('waiting')
  process.kill(dying.pid, 'SIGKILL')
  expect(await waiting.line()).toBe('building')
  expect(await waiting.line()).toBe(join(root, 'thing'))
  expect(await readdir(root)).toEqual(['thing'])
  expect((await readdir(join(root, 'thing'))).toSorted()).toEqual(['complete.json', 'part-1', 'part-2'])
})

test('the cache is where LOCKSTEP_CACHE says, else under the home folder', () => {
  expect(cacheFolder({ LOCKSTEP_CACHE: '/somewhere' })).toBe('/somewhere')
  expect(cacheFolder({})).toMatch(/\.cache\/lockstep$/)
})
