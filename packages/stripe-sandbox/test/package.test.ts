import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Installed, installPacked } from './support/packed.ts'

let installed: Installed
beforeAll(async () => {
  installed = await installPacked()
}, 120_000)
afterAll(() => installed?.remove())

/** Strict, without a type of Node or of the browser beside it, and with nothing skipped. */
const compilerOptions = {
  target: 'ES2022',
  lib: ['ES2022'],
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  types: [],
  noEmit: true,
}

const consumer = `
import { startSandbox, type FaultView, type SandboxOptions } from '@lockstep/stripe-sandbox'
const options: SandboxOptions = { latency: 0, limits: 'off', frozen: true, fixtures: 'examples' }
export async function use(): Promise<number> {
  const sandbox = await startSandbox(options)
  const fault: FaultView = sandbox.faults.add({ times: 1, action: { kind: 'cut', when: 'after' } })
  await sandbox.clock.advance(1000)
  // @ts-expect-error: a setting that does not exist
  sandbox.set({ nope: 1 })
  const { port }: { port: number } = sandbox
  await sandbox.close()
  return port + fault.matched
}
`

it('brings JavaScript, declarations, the specification, a README and its licences, and needs nothing else', () => {
  const files = globSync('**', { cwd: installed.package }).filter((path) => /\.\w+$|LICENSE$/.test(path))
  const others = files.filter((path) => !/^dist\/.*\.(js|d\.ts)$/.test(path))
  expect(others.toSorted()).toEqual([
    'LICENSE',
    'README.md',
    'dist/live-page/frame.css',
    'dist/live-page/parts.css',
    'package.json',
    'spec/README.md',
    'spec/fixtures.json',
    'spec/openapi-core.json',
  ])
  const manifest = JSON.parse(readFileSync(join(installed.package, 'package.json'), 'utf8'))
  expect(manifest).toMatchObject({ license: 'MIT', engines: { node: '>=20' } })
  for (const name of ['private', 'dependencies', 'peerDependencies', 'optionalDependencies'])
    expect(manifest).not.toHaveProperty(name)
  expect(readFileSync(join(installed.package, 'LICENSE'), 'utf8')).toMatch(/Lockstep[^]*Stripe, Inc\./)
  for (const path of files.filter((each) => each.endsWith('.js') || each.endsWith('.d.ts')))
    expect(readFileSync(join(installed.package, path), 'utf8'), path).not.toMatch(
      /^(?! *\/?\*).*from '\.[^']*\.ts'/m,
    )
})

it('is imported as JavaScript by whoever installed it, and as its sources in this repository', async () => {
  installed.write(
    'use.mjs',
    `import { startSandbox } from '@lockstep/stripe-sandbox'
    const sandbox = await startSandbox({ fixtures: 'examples' })
    const answer = await fetch(sandbox.url + '/v1/customers', { headers: { Authorization: 'Bearer sk_test_1' } })
    console.log(JSON.stringify([process.version, (await answer.json()).data.length]))
    await sandbox.close()`,
  )
  const [version, customers] = JSON.parse(await installed.run('node', 'use.mjs'))
  const [own = ''] = (await installed.run(installed.node, '--version')).split('\n')
  expect([version, customers]).toEqual([own, 6])
  expect(import.meta.resolve('@lockstep/stripe-sandbox')).toMatch(/src\/index\.ts$/)
})

it('has a program: it starts, answers, takes commands, and ends', async () => {
  const program = join(installed.folder, 'node_modules/.bin/stripe-sandbox')
  expect(existsSync(program)).toBe(true)
  expect(await installed.run(program, '--help')).toContain('Examples\n  stripe-sandbox')
  const child = spawn(installed.node, [program, '--port', '0', '--json', '--latency', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = await once(createInterface({ input: child.stdout }), 'line')
    const { url, pid } = JSON.parse(String(line))
    expect(pid).toBe(child.pid)
    expect(await (await fetch(`${url}/_sandbox/health`)).json()).toMatchObject({ ok: true })
    expect(await installed.run(program, 'trigger', 'customer.updated', '--url', url)).toMatch(
      /^customer\.updated {2}evt_/,
    )
    expect(await (await fetch(`${url}/_sandbox`)).text()).toContain('new EventSource(')
  } finally {
    child.kill('SIGTERM')
  }
  expect(await once(child, 'exit')).toEqual([0, null])
})

it('has declarations that compile in a strict program that knows no types but its own', async () => {
  installed.write('consumer.ts', consumer)
  installed.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
  const compiler = dirname(createRequire(import.meta.url).resolve('typescript/package.json'))
  await installed.run(process.execPath, join(compiler, 'bin/tsc'), '-p', 'tsconfig.json')
})
