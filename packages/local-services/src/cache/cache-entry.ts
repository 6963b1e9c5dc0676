// Owns: the cache folder: what is built once and used by every later run and by other processes meanwhile.
// Promises: an entry is whole or absent (built under another name, renamed when complete); of several
// processes one builds and the others wait; a builder that died holds nobody up, and its remains are removed.
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { withLock } from './lock.ts'

/** Written last into an entry: its presence says that the build ended well. */
const sealName = 'complete.json'

/** What to keep under which name. */
export interface CacheEntry {
  /** Folder name; must change with every change of recipe or expected content. */
  name: string
  /** Fills the empty folder. What it returns is kept with the entry, e.g. the versions it got. */
  build: (folder: string) => Promise<Record<string, string>>
  /** Checks a finished entry; a reason if something of it is missing or does not run. */
  damage: (folder: string) => Promise<string | undefined>
  announce: (line: string) => void
}

/** A finished entry. */
export interface Cached {
  folder: string
  facts: Record<string, string>
}

/** The cache folder: `LOCKSTEP_CACHE`, else `~/.cache/lockstep`. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return resolve(env.LOCKSTEP_CACHE || join(homedir(), '.cache', 'lockstep'))
}

/** The entry, built first where it is absent or damaged. @throws what `build` throws; nothing is kept then. */
export async function cached(root: string, entry: CacheEntry): Promise<Cached> {
  const folder = join(root, entry.name)
  const found = await readEntry(folder, entry)
  if ('facts' in found) return found
  await mkdir(root, { recursive: true })
  const waiting = () => entry.announce(`another process is preparing ${entry.name}; waiting for it`)
  return withLock(folder, waiting, async () => {
    const foundNow = await readEntry(folder, entry)
    if ('facts' in foundNow) return foundNow
    if (foundNow.damage !== undefined) {
      entry.announce(`${folder} is damaged (${foundNow.damage}); making it again`)
      await rm(folder, { recursive: true, force: true })
    }
    await removeRemains(root, entry.name)
    const building = join(root, `${entry.name}.building-${hostname()}-${process.pid}`)
    try {
      await mkdir(building)
      const facts = await entry.build(building)
      await writeFile(join(building, sealName), JSON.stringify(facts, undefined, 2))
      await rename(building, folder)
      return { folder, facts }
    } catch (error) {
      await rm(building, { recursive: true, force: true })
      throw error
    }
  })
}

/** The entry if it is whole; else what is wrong with it (undefined: it is not there). */
async function readEntry(
  folder: string,
  entry: CacheEntry,
): Promise<Cached | { damage: string | undefined }> {
  const names = await readdir(folder).catch(() => undefined)
  if (names === undefined) return { damage: undefined }
  const facts = await readFile(join(folder, sealName), 'utf8').then(parseFacts, () => undefined)
  if (facts === undefined) return { damage: `no readable ${sealName}` }
  const damage = await entry.damage(folder)
  return damage === undefined ? { folder, facts } : { damage }
}

function parseFacts(text: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    return Object.fromEntries(Object.entries(value).map(([key, fact]) => [key, String(fact)]))
  } catch {
    return undefined
  }
}

/** Builders of this host that hold no lock are dead; those of another host on a shared folder may live. */
async function removeRemains(root: string, name: string): Promise<void> {
  const prefix = `${name}.building-${hostname()}-`
  const remains = (await readdir(root)).filter((file) => file.startsWith(prefix))
  await Promise.all(remains.map((file) => rm(join(root, file), { recursive: true, force: true })))
}
