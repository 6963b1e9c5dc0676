// What the documents say of the code is so: commands, variables, errors, reasons, files, links.

import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { adviceByReason } from '@lockstep/cli/tenant/resume-tenant'
import { errorCatalogue } from '@lockstep/domain/error/catalogue'
import { gatewayEnvironment } from '@lockstep/gateway/config'
import { workerSchema } from '@lockstep/worker/config'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { proofs } from '../proofs/proofs.ts'
import { plants } from '../simulation/plants/all.ts'
import { repository } from './dockerfile.ts'
import { anchorsOf, codeOf, linksOf, plain, readDocument, tableOf } from './markdown.ts'

const readme = readDocument('README.md')
const documents = ['README.md', 'ARCHITECTURE.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'docs/performance.md']

describe('the README', () => {
  test('names the commands that exist, and all of them', () => {
    const { scripts } = JSON.parse(readDocument('package.json'))
    const commands = tableOf(readme, 'command').map(([command = '']) => plain(command).split(' ')[0])
    expect(new Set(commands)).toEqual(new Set(Object.keys(scripts)))
  })

  test('names the commands of lockstep that exist, and flags that each command has', async () => {
    const { scripts } = JSON.parse(readDocument('package.json'))
    const help = async (command: string) => {
      const [script = '', ...words] = command.split(' ')
      const main =
        String(scripts[script])
          .split(' ')
          .find((word) => word.endsWith('.ts')) ?? ''
      const options = { cwd: repository, env: { ...process.env, NO_COLOR: '1' } }
      return (await promisify(execFile)(process.execPath, [main, ...words, '--help'], options)).stdout
    }
    const rows = tableOf(readme, 'command').map(
      ([command = '', does = '']) => [plain(command), does] as const,
    )
    const children = rows.flatMap(([command]) => /^lockstep (\w[\w-]*)/.exec(command)?.[1] ?? [])
    const listed = [...(await help('lockstep')).matchAll(/^ {2}(\w[\w-]*) /gm)].map(([, name]) => name)
    expect(new Set([...children, 'help'])).toEqual(new Set(listed))
    // Each is a process of its own.
    const told = rows.map(async ([command, does]) => {
      const flags = codeOf(does).flatMap((code) => /^--\w[\w-]*/.exec(code) ?? [])
      const text = flags.length === 0 ? '' : await help(command)
      for (const flag of flags) expect(text, command).toContain(flag)
    })
    await Promise.all(told)
  })

  test('names the error codes that exist, with their status and title', () => {
    const told = tableOf(readme, 'code').map(([code = '', status, title]) => [plain(code), status, title])
    const known = Object.entries(errorCatalogue).map(([code, entry]) => [
      code,
      String(entry.status),
      entry.title,
    ])
    expect(new Set(told)).toEqual(new Set(known))
  })

  test('names the routes that exist, and all of them', () => {
    const told = tableOf(readme, 'route').map(([route = '']) => plain(route))
    const { paths } = JSON.parse(readDocument('apps/gateway/openapi/openapi.json'))
    const known = Object.entries<object>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    const mounts = tableOf(readme, 'mount').map(([mount = '']) => plain(mount))
    const atMount = (route: string) =>
      mounts.find((mount) => route.includes(` ${mount}`) && Object.hasOwn(paths, mount))
    // The table says `{key}` where the path does, and speaks of every route once, whatever mounts it has.
    expect(new Set(told)).toEqual(new Set(known.filter((route) => !atMount(route))))
    expect(new Set(known.flatMap((route) => atMount(route) ?? []))).toEqual(new Set(mounts))
  })

  test('names the variables that exist, who reads each, and its default', () => {
    const told = tableOf(readme, 'variable').map(([name = '', by, value]) => [plain(name), by, value])
    const gateway: Record<string, z.ZodType> = gatewayEnvironment.shape
    const worker: Record<string, z.ZodType> = workerSchema.in.shape
    const names = [...new Set([...Object.keys(gateway), ...Object.keys(worker)])]
    const known = names.map((name) => {
      const by = name in gateway && name in worker ? 'both' : name in gateway ? 'gateway' : 'worker'
      const defaults = [gateway[name], worker[name]].flatMap((field) => (field ? [defaultOf(field)] : []))
      return [name, by, [...new Set(defaults)].join(' / ')]
    })
    expect(new Set(told)).toEqual(new Set(known))
  })

  test('names the reasons for which a tenant is paused', () => {
    const told = tableOf(readme, 'reason').map(([reason = '']) => plain(reason))
    expect(told.toSorted()).toEqual(Object.keys(adviceByReason).toSorted())
  })

  test('names the codes of our own with which a customer is parked', () => {
    const source = globSync('apps/worker/src/**/*.ts', { cwd: repository })
      .map((path) => readFileSync(join(repository, path), 'utf8'))
      .join('\n')
    const parked = [...source.matchAll(/(?:park|countFailure)\(ports, \w+, '(\w+)'\)/g)].map(
      ([, code]) => code,
    )
    const after = readme.slice(readme.indexOf('**A customer is parked.**'))
    const told = tableOf(after, 'code').map(([code = '']) => plain(code))
    expect(new Set(told)).toEqual(new Set(parked))
  })

  test('names for each guarantee proofs that can be run, and bugs that are planted', () => {
    const rows = tableOf(readme, 'kept')
    expect(rows.map(([name]) => name)).toEqual(tableOf(readme, 'guarantee').map(([name]) => name))
    const runnable = new Set(proofs.map(({ name }) => `prove ${name}`))
    const planted = new Set(plants.map(({ name }) => name))
    for (const [name, proof = '', bugs = ''] of rows) {
      const [ways, examples] = [codeOf(proof), codeOf(bugs)]
      expect([ways.length > 0, examples.length > 0], name).toEqual([true, true])
      expect(
        ways.filter((way) => !runnable.has(way)),
        name,
      ).toEqual([])
      expect(
        examples.filter((bug) => !planted.has(bug)),
        name,
      ).toEqual([])
    }
  })

  test('shows each guarantee by tests that exist', () => {
    const rows = tableOf(readme, 'guarantee')
    expect(rows.map(([name]) => name)).toEqual(Array.from({ length: 12 }, (_, index) => `G${index + 1}`))
    for (const [name, , tests = ''] of rows) {
      const files = codeOf(tests)
      expect(files, name).not.toEqual([])
      for (const file of files) expect(existsSync(join(repository, file)), file).toBe(true)
    }
  })
})

test('the numbers of the architecture are the code’s', () => {
  const units: Record<string, number> = { d: 86_400_000, h: 3_600_000, s: 1_000, ms: 1 }
  for (const [name = '', value = '', file = ''] of tableOf(readDocument('ARCHITECTURE.md'), 'constant')) {
    const source = readDocument(plain(file)).replaceAll('dayMs', '24 * 3600 * 1000')
    const found = new RegExp(`${plain(name)}\\b[^\\d\\n]*(\\d[\\d_* ]*)`).exec(source)?.[1] ?? 'nowhere'
    const product = found.split('*').reduce((all, part) => all * Number(part.replaceAll('_', '')), 1)
    const [number = '', unit = ''] = value.split(' ')
    // Of names that do not say milliseconds the number stands as it is.
    const factor = /ms$/i.test(plain(name)) ? (units[unit] ?? 1) : 1
    expect(product, `${name} in ${file}`).toBe(Number(number.replaceAll(',', '')) * factor)
  }
})

describe.each(documents)('%s', (path) => {
  test('leads to what is there', () => {
    const text = readDocument(path)
    for (const link of linksOf(text).filter((each) => !/^https?:/.test(each))) {
      const [file = '', anchor] = link.split('#')
      const target = file === '' ? path : join(dirname(path), file)
      expect(existsSync(join(repository, target)), link).toBe(true)
      if (anchor !== undefined) expect(anchorsOf(readDocument(target)), link).toContain(anchor)
    }
  })

  test('names files that are there', () => {
    const files = codeOf(readDocument(path)).filter((code) =>
      /^(apps|packages|test|data|\.ci)\/[\w./-]+$/.test(code),
    )
    for (const file of files) expect(existsSync(join(repository, file)), file).toBe(true)
  })
})

function defaultOf(field: z.ZodType): string {
  const parsed = field.safeParse(undefined)
  if (!parsed.success) return 'required'
  if (parsed.data === undefined) return 'none'
  return typeof parsed.data === 'string' ? parsed.data : JSON.stringify(parsed.data)
}
