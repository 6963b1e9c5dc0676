/**
 * Owns the reading of the official client's type declarations.
 * Promises: they are read from the installed package, so a newer one is checked against as soon as it is installed.
 */
import { readFileSync } from 'node:fs'

/** A member of an interface; its type as it is written. */
export type Member = { readonly optional: boolean; readonly type: string }
/** What one file declares, by its path inside namespaces. */
export type Declarations = {
  readonly interfaces: Map<string, Map<string, Member>>
  readonly aliases: Map<string, string>
}
/** Where a type is named. */
export type Scope = { readonly file: Declarations; readonly path: string }

const files = new Map<string, Declarations>()

/** The declarations of a file among the resources, such as `Billing/Meters`, or of what they share (`../shared`). */
export function declarationsOf(path: string): Declarations {
  const known = files.get(path)
  if (known) return known
  const url = new URL(`../../node_modules/stripe/esm/resources/${path}.d.ts`, import.meta.url)
  const read = parse(readFileSync(url, 'utf8').replaceAll(/\/\*\*[^]*?\*\//g, ''))
  files.set(path, read)
  return read
}

/** The declarations are generated, one thing a line: reading them by lines is enough. */
function parse(text: string): Declarations {
  const interfaces = new Map<string, Map<string, Member>>()
  const aliases = new Map<string, string>()
  /** `nulled` says of the member that an inline type belongs to that it may be null, which stands behind the type. */
  const stack: { readonly name: string; readonly members?: Map<string, Member>; nulled?(): void }[] = []
  const pathTo = (name: string) => [...stack.map((one) => one.name), name].filter(Boolean).join('.')
  for (const line of text.split('\n').map((one) => one.trim())) {
    const opened = /^(?:export )?(?:declare )?(interface|namespace|class) (\w+).*\{$/.exec(line)
    const members = stack.at(-1)?.members
    if (opened) {
      const [, kind, name = ''] = opened
      const own = kind === 'interface' ? new Map<string, Member>() : undefined
      if (own) interfaces.set(pathTo(name), own)
      stack.push(own ? { name, members: own } : { name })
    } else if (line.startsWith('}')) {
      const closed = stack.pop()
      if (line.includes('| null')) closed?.nulled?.()
    } else if (line.endsWith('{')) {
      const [, name = '', mark] = /^(\w+)(\?)?: (?:Emptyable<)?\{$/.exec(line) ?? []
      const set = (type: string) => members?.set(name, { optional: mark === '?', type })
      if (name) set('inline')
      stack.push({ name: '', ...(name ? { nulled: () => void set('inline | null') } : {}) })
    } else {
      const alias = /^(?:export )?type (\w+) = (.*);$/.exec(line)
      const member = /^(\w+)(\?)?: (.*);$/.exec(line)
      if (alias) aliases.set(pathTo(alias[1] ?? ''), alias[2] ?? '')
      else if (member && members) {
        members.set(member[1] ?? '', { optional: member[2] === '?', type: member[3] ?? '' })
      }
    }
  }
  return { interfaces, aliases }
}

/** The options of a union. */
export function splitUnion(type: string): string[] {
  const options: string[] = []
  let depth = 0
  let start = 0
  for (let index = 0; index < type.length; index++) {
    if (type[index] === '<') depth++
    else if (type[index] === '>') depth--
    else if (type[index] === '|' && depth === 0) {
      options.push(type.slice(start, index).trim())
      start = index + 1
    }
  }
  return [...options, type.slice(start).trim()]
}

/** A name is looked up from the innermost namespace outwards. */
export function resolved(
  name: string,
  scope: Scope,
  among: ReadonlyMap<string, unknown>,
): string | undefined {
  const parts = scope.path.split('.')
  for (let length = parts.length; length >= 0; length--) {
    const path = [...parts.slice(0, length), name].join('.')
    if (among.has(path)) return path
  }
  return undefined
}
