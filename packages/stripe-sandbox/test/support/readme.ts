/**
 * Owns the tables of the README that are made from the program: routes, doors, settings.
 * Run it to write them (`node test/support/readme.ts`); a test compares them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { listDoors } from '../../src/doors/answer-door.ts'
import { openSpec } from '../../src/params/from-spec.ts'
import { allRoutes } from '../../src/resources/all.ts'
import { settingTable } from '../../src/settings.ts'

const path = fileURLToPath(new URL('../../README.md', import.meta.url))

/** The README as it is. */
export function readReadme(): string {
  return readFileSync(path, 'utf8')
}

/** The README with its tables as the program is. */
export function expectedReadme(): string {
  return [
    ['routes', routeTable()] as const,
    ['doors', doorTable()] as const,
    ['settings', settingsTable()] as const,
  ].reduce(
    (text, [name, table]) =>
      text.replace(
        new RegExp(`(<!-- ${name}[^>]*-->)[^]*?(<!-- /${name} -->)`),
        (_all, open: string, close: string) => `${open}\n\n${table}\n\n${close}`,
      ),
    readReadme(),
  )
}

function routeTable(): string {
  const verbs = new Map<string, string[]>()
  for (const { method, path: template } of allRoutes(openSpec()))
    verbs.set(template, [...(verbs.get(template) ?? []), method])
  const rows = [...verbs].map(
    ([template, methods]) => `| \`${template}\` | ${methods.toSorted().join(' ')} |`,
  )
  return ['| path | verbs |', '| --- | --- |', ...rows].join('\n')
}

function doorTable(): string {
  const rows = listDoors().map(({ method, path: door, about }) => `| ${method} | \`${door}\` | ${about} |`)
  return ['| verb | path | does |', '| --- | --- | --- |', ...rows].join('\n')
}

function settingsTable(): string {
  const rows = Object.entries(settingTable).map(
    ([name, { initial, about }]) =>
      `| \`${name}\` | \`${Array.isArray(initial) ? initial.join('-') : String(initial)}\` | ${about} |`,
  )
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows].join('\n')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(path, expectedReadme())
