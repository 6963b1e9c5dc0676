/**
 * Owns `stripe-sandbox start`.
 * Promises: with `--json` the first line of standard output is one object; a wrong option ends with 1 and a text that names it; SIGTERM
 * and SIGINT end it with 0, and nothing stays behind.
 */
import { startSandbox, type Sandbox } from '../index.ts'
import { keepHeapSmall } from '../small-heap.ts'
import { type Command, CommandError, type Given, textFlag, textFlags, wholeFlag } from './command.ts'
import { portDefault } from './running-sandbox.ts'
import { signalled } from './signalled.ts'

/** Starts a sandbox and stays. */
export const start: Command = {
  name: 'start',
  words: '',
  about: 'Starts a sandbox and stays until Ctrl-C.',
  examples: [
    ['stripe-sandbox', `A local Stripe at http://127.0.0.1:${portDefault}.`],
    ['stripe-sandbox --limits off --latency 0', 'As fast as it can.'],
    ['stripe-sandbox --fixtures examples', 'With customers to look at.'],
    ['stripe-sandbox --port 0 --json', 'At a free port, which the first line of output names.'],
    ['stripe-sandbox --persist sandbox.journal', 'Remembers everything over restarts.'],
  ],
  flags: [
    { name: 'port', value: 'N', about: `Port to listen on; 0 takes a free one (${portDefault}).` },
    { name: 'host', value: 'ADDRESS', about: 'Address to listen on; 0.0.0.0 in a container (127.0.0.1).' },
    { name: 'limits', value: 'KIND', about: 'Rate limits: off, sandbox (25/s) or live (100/s) (sandbox).' },
    { name: 'latency', value: 'MS', about: 'Milliseconds until an answer: MIN-MAX, or 0 (60-120).' },
    { name: 'persist', value: 'FILE', about: 'Keeps all state in this file, kill -9 included.' },
    { name: 'fixtures', value: 'FILE', about: 'Fills the store from a JSON or CSV file, or with: examples.' },
    { name: 'webhook', value: 'URL', about: 'A webhook endpoint that is there from the start.' },
    { name: 'secret', value: 'whsec_…', about: 'Its signing secret.' },
    { name: 'seed', value: 'N', about: 'Makes ids, latency and the rolls of faults repeatable.' },
    { name: 'frozen', about: 'The clock stands until it is advanced.' },
    { name: 'set', value: 'NAME=VALUE', many: true, about: 'A setting of the README; may be given often.' },
    { name: 'json', about: 'First line of output: {"url", "port", "account", "pid"}.' },
  ],
  async run(given) {
    keepHeapSmall()
    const end = signalled()
    try {
      const sandbox = await started(given)
      const { url, port, account } = sandbox
      const about = JSON.stringify({ url, port, account, pid: process.pid })
      given.print(given.flags['json'] ? about : greeting(sandbox, given))
      await end.came
      await sandbox.close()
    } finally {
      end.ignore()
    }
  },
}

function started(given: Given): Promise<Sandbox> {
  const port = wholeFlag(given, 'port') ?? portDefault
  const [webhook, secret] = [textFlag(given, 'webhook'), textFlag(given, 'secret')]
  if ((webhook === undefined) !== (secret === undefined))
    throw new CommandError('--webhook and --secret go together')
  return startSandbox({
    port,
    host: textFlag(given, 'host') ?? '127.0.0.1',
    ...named(given, 'persist'),
    ...named(given, 'fixtures'),
    ...(webhook && secret ? { webhooks: [{ url: webhook, secret }] } : {}),
    ...(given.flags['seed'] === undefined ? {} : { seed: wholeFlag(given, 'seed') ?? 0 }),
    ...(given.flags['frozen'] === true ? { frozen: true } : {}),
    ...Object.fromEntries(textFlags(given, 'set').map(nameAndValue)),
    ...named(given, 'limits'),
    ...named(given, 'latency'),
  }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    throw new CommandError(
      `Port ${port} is taken: is a sandbox running already? Name another with --port, or 0.`,
    )
  })
}

function greeting({ url, account, settings }: Sandbox, given: Given): string {
  const [low, high] = settings.latency
  const rows = [
    ['Key', `any sk_test_… (account ${account})`],
    ['Limits', settings.limits],
    ['Latency', high === 0 ? 'none' : low === high ? `${low} ms` : `${low}–${high} ms`],
    ['State', textFlag(given, 'persist') ?? 'in memory'],
    ['Page', `${url}/_sandbox`],
  ]
  return [
    '',
    `  A local Stripe at ${url}`,
    '',
    ...rows.map(([name = '', value]) => `  ${name.padEnd(9)} ${value}`),
    '',
    '  Next: stripe-sandbox listen, trigger, seed, faults, advance; --help.',
    '  Ctrl-C ends it.',
    '',
  ].join('\n')
}

/** A flag as an option of the same name. */
function named(given: Given, name: string): { readonly [name: string]: string } {
  const value = textFlag(given, name)
  return value === undefined ? {} : { [name]: value }
}

function nameAndValue(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  if (equals < 1) throw new CommandError(`--set needs NAME=VALUE, not ${pair}`)
  return [pair.slice(0, equals), pair.slice(equals + 1)]
}
