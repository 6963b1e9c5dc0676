// Owns: a process that builds one small cache entry, slowly if asked, for tests of several builders at once.
// Prints `building` when its build begins, then the folder.   node builder.ts ROOT [hang]
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from '../../src/cache/cache-entry.ts'

const [root = '', mode] = process.argv.slice(2)
const { folder } = await cached(root, {
  name: 'thing',
  announce: () => process.stdout.write('waiting\n'),
  build: async (target) => {
    process.stdout.write('building\n')
    await writeFile(join(target, 'part-1'), 'one')
    if (mode === 'hang') await new Promise(() => setInterval(() => {}, 60_000))
    await writeFile(join(target, 'part-2'), 'two')
    return { version: '1' }
  },
  damage: () => Promise.resolve(undefined),
})
process.stdout.write(`${folder}\n`)
