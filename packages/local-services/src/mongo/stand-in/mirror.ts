// Owns: where this machine gets its Debian packages from.
// Promises: the answer comes from the machine's own apt sources, in both of their forms; a mirror of security
// updates alone is passed over, since it does not carry whole suites.
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** The first Debian mirror in `folder` (normally /etc/apt); undefined where there is none. */
export async function debianMirror(folder: string): Promise<string | undefined> {
  const parts = await readdir(join(folder, 'sources.list.d')).catch(() => [])
  const files = [
    'sources.list',
    ...parts.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => join('sources.list.d', name)),
  ]
  for (const file of files) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => '')
    const found = file.endsWith('.sources')
      ? mirrorInStanzas(text)
      : file.endsWith('.list')
        ? mirrorInLines(text)
        : undefined
    if (found !== undefined) return found
  }
  return undefined
}

/** One-line form: `deb [options] URI SUITE main …`. */
export function mirrorInLines(text: string): string | undefined {
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s+(.*)$/.exec(line)
    const [, uri = '', suite = '', components = ''] = match ?? []
    if (serves(uri, suite.split(/\s+/), components.split(/\s+/))) return uri
  }
  return undefined
}

/** deb822 form: stanzas of `Types:`, `URIs:`, `Suites:`, `Components:`. */
export function mirrorInStanzas(text: string): string | undefined {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string): string[] => {
      const line = new RegExp(`^${name}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(withoutComments(stanza))
      return line?.[1]?.trim().split(/\s+/) ?? []
    }
    if (!field('Types').includes('deb') || field('Enabled')[0]?.toLowerCase() === 'no') continue
    const uri = field('URIs').find((one) => serves(one, field('Suites'), field('Components')))
    if (uri !== undefined) return uri
  }
  return undefined
}

function withoutComments(stanza: string): string {
  return stanza
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
}

/** Whether such a source carries whole suites of Debian: Debian's components, and a suite that is not a side one. */
function serves(uri: string, suites: string[], components: string[]): boolean {
  if (!/^(https?|file|copy):/.test(uri) || !components.includes('main')) return false
  return suites.some((suite) => /^[a-z]+$/.test(suite))
}
