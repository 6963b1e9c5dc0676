// The client runs where its README says: bundled as for a browser, and given to Node, Bun, Deno and Chromium.

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { useBrowser } from '@lockstep/local-services/browser-in-tests'
import { rolldown } from 'rolldown'
import { Webhook } from 'standardwebhooks'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { startGateway } from '../../apps/gateway/test/support/gateway.ts'
import type { Given, runClient } from './program.ts'

const open = useBrowser()
const { resolve } = createRequire(import.meta.url)
const machine = process.arch === 'arm64' ? 'arm64' : 'x64'
const bunMachine = process.arch === 'arm64' ? 'aarch64' : 'x64'

const runtimes = {
  node: () => [process.execPath],
  bun: () => [binary(`@oven/bun-linux-${bunMachine}`, 'bin/bun')],
  // It is let to one address, and to nothing else of the machine.
  deno: () => [binary(`@deno/linux-${machine}-glibc`, 'deno'), 'run', '--no-prompt', '--allow-net=127.0.0.1'],
}

const seen: Awaited<ReturnType<typeof runClient>> = {
  name: 'Ada',
  version: 2,
  keys: ['k2', 'k1', 'k0'],
  refused: 'not_found',
  event: 'customer.updated',
}

function binary(name: string, path: string): string {
  return join(dirname(resolve(`${name}/package.json`)), path)
}

/** The program and the client as one script that leaves `program` behind. For a browser: it finds nothing of Node. */
async function bundled(): Promise<string> {
  const build = await rolldown({
    input: fileURLToPath(new URL('program.ts', import.meta.url)),
    platform: 'browser',
    logLevel: 'silent',
    onLog: (_, { message }) => {
      throw new Error(message)
    },
  })
  const { output } = await build.generate({ format: 'iife', name: 'program' })
  await build.close()
  expect(output).toHaveLength(1)
  return output[0].code
}

async function given(): Promise<Given> {
  const { url, apiKey } = await startGateway()
  const body = '{"type":"customer.updated"}'
  const now = new Date()
  const secret = `whsec_${Buffer.from('an endpoint secret of 24 b').toString('base64')}`
  const headers = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign('msg_1', now, body),
  }
  return { url, apiKey, delivery: { body, headers, secret } }
}

let bundle: string
beforeAll(async () => {
  bundle = await bundled()
})

test.each(Object.entries(runtimes))('the client works on %s', { timeout: 60_000 }, async (_, command) => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-client-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const script = join(folder, 'program.mjs')
  const run = `console.log(JSON.stringify(await program.runClient(${JSON.stringify(await given())})))`
  await writeFile(script, `${bundle}\n${run}\n`)
  const [file = '', ...args] = command()
  const { stdout } = await promisify(execFile)(file, [...args, script], { env: { HOME: folder } })
  expect(JSON.parse(stdout)).toEqual(seen)
})

test('the client works in a browser', async () => {
  const options = await given()
  const page = await open(`${options.url}/docs`)
  const code = `(() => { ${bundle}; return program.runClient(${JSON.stringify(options)}) })()`
  expect(await page.evaluate(code)).toEqual(seen)
})
