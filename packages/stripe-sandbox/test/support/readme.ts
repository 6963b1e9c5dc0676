/**
 * Owns the tables of the README that are made from the program: commands, routes, events, doors, settings.
 * Run it to write them (`node test/support/readme.ts`); a test compares them.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { commands } from '../../src/command-line/commands.ts'
import { listDoors } from '../../src/doors/answer-door.ts'
import { actionKinds } from '../../src/faults/fault-action.ts'
import { eventTypes } from '../../src/events/event-types.ts'
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
    ['actions', actionTable()] as const,
    ['commands', commandTable()] as const,
    ['routes', routeTable()] as const,
    ['events', eventTable()] as const,
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

function actionTable(): string {
  const rows = Object.entries(actionKinds).map(([kind, { on, members, about }]) => {
    const taken = members.map((member) => `\`${member}\``).join(' ')
    return `| \`${kind}\` | ${on} | ${taken} | ${about} |`
  })
  return ['| kind | hits a | members | what happens |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

function commandTable(): string {
  const rows = commands.map(({ name, words, about, flags }) => {
    const options = flags.filter(({ name: flag }) => flag !== 'url').map(({ name: flag }) => `\`--${flag}\``)
    return `| \`${`${name} ${words}`.trim().replaceAll('|', '\\|')}\` | ${about} | ${options.join(' ')} |`
  })
  return ['| command | does | flags |', '| --- | --- | --- |', ...rows].join('\n')
}

function eventTable(): string {
  const byObject = new Map<string, string[]>()
  for (const type of eventTypes) {
    const dot = type.lastIndexOf('.')
    byObject.set(type.slice(0, dot), [...(byObject.get(type.slice(0, dot)) ?? []), type.slice(dot + 1)])
  }
  const rows = [...byObject].map(([object, verbs]) => `| \`${object}\` | ${verbs.join(' · ')} |`)
  return ['| object | events |', '| --- | --- |', ...rows].join('\n')
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
