/**
 * Owns the process `pnpm sandbox`: reads the command line, starts, says where, ends on SIGTERM or SIGINT.
 * Promises: with `--json` the first line of standard output is one object; a wrong option ends with 1 and a text that names it.
 */
import { parseArgs } from 'node:util'
import { listDoors } from './doors/answer-door.ts'
import { startSandbox, type Sandbox } from './index.ts'
import { keepHeapSmall } from './small-heap.ts'

const usage = `Usage: sandbox [--port 12111] [--host 127.0.0.1] [--limits off|sandbox|live] [--latency MIN-MAX|0]
               [--persist FILE] [--webhook URL --secret whsec_…] [--seed N] [--set NAME=VALUE …] [--json]`

/** Stripe's own mock listens here, so tools already know the port. */
const portDefault = 12_111

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      host: { type: 'string' },
      limits: { type: 'string' },
      latency: { type: 'string' },
      persist: { type: 'string' },
      webhook: { type: 'string' },
      secret: { type: 'string' },
      seed: { type: 'string' },
      set: { type: 'string', multiple: true },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  })
  if (values.help) return console.log(usage)
  keepHeapSmall()
  if ((values.webhook === undefined) !== (values.secret === undefined))
    throw new Error('--webhook and --secret go together')
  const sandbox = await startSandbox({
    port: wholeNumber('--port', values.port) ?? portDefault,
    host: values.host ?? '127.0.0.1',
    ...(values.persist === undefined ? {} : { persist: values.persist }),
    ...(values.webhook && values.secret
      ? { webhooks: [{ url: values.webhook, secret: values.secret }] }
      : {}),
    ...(values.seed === undefined ? {} : { seed: wholeNumber('--seed', values.seed) ?? 0 }),
    ...Object.fromEntries((values.set ?? []).map(nameAndValue)),
    ...given('limits', values.limits),
    ...given('latency', values.latency),
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit(0)))
  }
  if (values.json)
    console.log(
      JSON.stringify({ url: sandbox.url, port: sandbox.port, account: sandbox.account, pid: process.pid }),
    )
  else console.log(greeting(sandbox))
}

function greeting({ url, account, settings }: Sandbox): string {
  const [low, high] = settings.latency
  const doors = listDoors().map(({ method, path, about }) =>
    shortened(`  ${method.padEnd(6)} ${path.padEnd(29)} ${about}`),
  )
  return [
    '',
    `  A local Stripe at ${url}`,
    '',
    `  Key       any sk_test_… (account ${account})`,
    `  Limits    ${settings.limits}`,
    `  Latency   ${high === 0 ? 'none' : `${low}–${high} ms`}`,
    '',
    ...doors,
    '',
    '  Ctrl-C ends it.',
    '',
  ].join('\n')
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

function nameAndValue(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  if (equals < 1) throw new Error(`--set needs NAME=VALUE, not ${pair}`)
  return [pair.slice(0, equals), pair.slice(equals + 1)]
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d+$/.test(text)) throw new Error(`${option} needs a whole number, not ${text}`)
  return Number(text)
}

await run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error))
  console.error(usage)
  process.exitCode = 1
})

/** To the columns of a usual terminal; the README has the whole sentences. */
function shortened(line: string, columns = 80): string {
  return line.length <= columns ? line : `${line.slice(0, columns - 1).trimEnd()}…`
}
