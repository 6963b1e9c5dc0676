import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { childCoverage } from '../../../test/support/child-coverage.ts'

const mains = {
  lockstep: fileURLToPath(new URL('../src/main.ts', import.meta.url)),
  stack: fileURLToPath(new URL('../src/stack/main.ts', import.meta.url)),
  demo: fileURLToPath(new URL('../src/demo/main.ts', import.meta.url)),
}

interface Ended {
  code: number
  out: string
  err: string
}

/** Runs a command with nothing in its environment but what is given. */
function called(main: keyof typeof mains, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((ended) => {
    const child = execFile(
      process.execPath,
      [mains[main], ...args],
      { env: { ...childCoverage(), ...env } },
      (_error, out, err) => ended({ code: child.exitCode ?? -1, out, err }),
    )
  })
}

const wrong: [keyof typeof mains, string[], RegExp][] = [
  ['lockstep', ['verify', '--nope'], /unknown option '--nope'/],
  ['lockstep', ['dance'], /unknown command 'dance'/],
  ['lockstep', ['verify', 'everything'], /too many arguments/],
  ['lockstep', ['verify'], /MONGO_URL is missing\n {2}STRIPE_SECRET_KEY is missing/],
  ['lockstep', ['repair'], /MONGO_URL is missing\n {2}STRIPE_SECRET_KEY is missing/],
  ['lockstep', ['repair', '--dry-run', '--watch'], /nothing to watch/],
  ['lockstep', ['repair', '--customer', 'ada'], /an id of ours/],
  ['lockstep', ['connect'], /MONGO_URL is missing\n {2}STRIPE_SECRET_KEY is missing/],
  ['lockstep', ['connect', '--status'], /MONGO_URL is missing/],
  ['lockstep', ['connect', '--webhook-url', 'example.com'], /an address such as/],
  ['lockstep', ['connect', '--secret-file', 'x'], /goes with --webhook-url/],
  ['lockstep', ['observe'], /MONGO_URL is missing/],
  ['lockstep', ['duplicates'], /MONGO_URL is missing/],
  ['lockstep', ['duplicates', 'merge', '--keep', 'cus_1'], /required option '--lose <id>'/],
  ['lockstep', ['duplicates', 'merge', '--keep', 'cus_1', '--lose', 'ada'], /an id of Stripe/],
  ['lockstep', ['duplicates', 'merge', '--keep', 'cus_1', '--lose', 'cus_1'], /two customers/],
  ['lockstep', ['duplicates', 'merge', '--keep', 'cus_1', '--lose', 'cus_2', '--force'], /--force goes with/],
  ['lockstep', ['resume'], /MONGO_URL is missing/],
  ['lockstep', ['pause'], /required option '--reason <text>'/],
  ['lockstep', ['pause', '--reason', ' '], /a text of 1 to 200 characters/],
  ['lockstep', ['pause', '--reason', 'x'], /MONGO_URL is missing/],
  ['lockstep', ['parked'], /MONGO_URL is missing/],
  ['lockstep', ['parked', '--limit', '0'], /whole number from 1/],
  ['lockstep', ['retry'], /either one customer id or --all/],
  ['lockstep', ['retry', 'an-id', '--all'], /either one customer id or --all/],
  ['lockstep', ['retry', 'an-id', '--code', 'internal'], /--code goes with --all/],
  ['lockstep', ['retry', '--all', '--json'], /needs --yes/],
  ['lockstep', ['retry', '--all', '--yes'], /MONGO_URL is missing/],
  ['lockstep', ['keys', 'create'], /MONGO_URL is missing/],
  ['lockstep', ['import', '/no/such/file.csv'], /there is no such file/],
  ['lockstep', ['import', 'customers'], /say --format csv or --format ndjson/],
  ['lockstep', ['import', 'c.csv', '--map', 'x'], /COLUMN=FIELD/],
  ['lockstep', ['export', 'customers'], /say --format csv or --format ndjson/],
  ['lockstep', ['export', '-', '--format', 'csv', '--json'], /--json goes with a file/],
  ['lockstep', ['customers', 'list'], /LOCKSTEP_URL is missing\n {2}LOCKSTEP_API_KEY is missing/],
  ['lockstep', ['customers', 'list', '--limit', '0'], /whole number from 1/],
  ['lockstep', ['customers', 'get'], /missing required argument 'id'/],
  ['stack', ['--workers', 'many'], /whole number from 0 to 32/],
  ['stack', ['--sandbox-limits', 'none'], /off, sandbox, live/],
  ['stack', ['--detach'], /unknown option '--detach'/],
  ['demo', ['--customers', '/no/such/file.csv'], /no such file/],
  ['demo', ['--now'], /unknown option '--now'/],
]

it.concurrent.each(wrong)('%s %j is refused with its reason and 2', async (main, args, reason) => {
  const { code, out, err } = await called(main, args)
  expect(err).toMatch(reason)
  expect(err).not.toContain('    at ')
  expect([code, out]).toEqual([2, ''])
})

it('verify refuses to send a live key to a sandbox', async () => {
  const { code, err } = await called('lockstep', ['verify'], {
    MONGO_URL: 'mongodb://127.0.0.1:1/x',
    STRIPE_SECRET_KEY: 'sk_live_1234567890',
    STRIPE_API_BASE: 'http://127.0.0.1:1',
  })
  expect(err).toMatch(/live key must never be sent to a sandbox/)
  expect(code).toBe(2)
})

it('verify ends with 4 where MongoDB is away, and says so', async () => {
  const env = { MONGO_URL: 'mongodb://127.0.0.1:1/x', STRIPE_SECRET_KEY: 'sk_test_1234567890' }
  const { code, out } = await called('lockstep', ['verify', '--json'], env)
  expect(JSON.parse(out)).toEqual({ error: { code: 'unreachable', message: 'MongoDB is away' } })
  expect(code).toBe(4)
})

it.concurrent.each([['parked'], ['retry', '--all', '--yes'], ['pause', '--reason', 'x'], ['resume']])(
  '%s ends with 4 where MongoDB is away, and says so',
  async (...args) => {
    const { code, out, err } = await called('lockstep', args, { MONGO_URL: 'mongodb://127.0.0.1:1/x' })
    expect(err).toContain('MongoDB is away')
    expect([code, out]).toEqual([4, ''])
  },
)

it('the doctor names what is missing and ends with 1', async () => {
  const { code, out } = await called('lockstep', ['doctor', '--json'])
  const report: unknown = JSON.parse(out)
  expect(report).toMatchObject({
    ok: false,
    checks: [
      { id: 'gateway_configuration', ok: false, detail: expect.stringContaining('STRIPE_WEBHOOK_SECRETS') },
      { id: 'worker_configuration', ok: false, detail: expect.stringContaining('STRIPE_SECRET_KEY') },
    ],
  })
  expect(code).toBe(1)
})

it.concurrent.each([
  ['lockstep', ['--help']],
  ['lockstep', ['verify', '--help']],
  ['lockstep', ['repair', '--help']],
  ['lockstep', ['connect', '--help']],
  ['lockstep', ['observe', '--help']],
  ['lockstep', ['duplicates', '--help']],
  ['lockstep', ['duplicates', 'merge', '--help']],
  ['lockstep', ['doctor', '--help']],
  ['lockstep', ['parked', '--help']],
  ['lockstep', ['retry', '--help']],
  ['lockstep', ['pause', '--help']],
  ['lockstep', ['resume', '--help']],
  ['lockstep', ['migrate', '--help']],
  ['lockstep', ['keys', 'create', '--help']],
  ['lockstep', ['import', '--help']],
  ['lockstep', ['export', '--help']],
  ['lockstep', ['customers', 'list', '--help']],
  ['lockstep', ['customers', 'update', '--help']],
  ['lockstep', ['webhook-endpoints', 'create', '--help']],
  ['stack', ['--help']],
  ['demo', ['--help']],
] as [keyof typeof mains, string[]][])(
  '%s %j explains itself in 80 columns, examples first, with its exit codes, and ends with 0',
  async (main, args) => {
    const { code, out } = await called(main, args)
    const [examples, flags] = [out.indexOf('\nExamples:\n  pnpm '), out.indexOf('\nOptions:\n')]
    // The list of the commands has none of its own.
    if (args[0] !== '--help' || main !== 'lockstep')
      expect([examples > 0, examples < flags]).toEqual([true, true])
    if (args[0] !== '--help') expect(out).toMatch(/^Ends with 0 \([^]* or\s2\s\(wrong\suse/m)
    expect(out).toMatch(/^Usage: pnpm /)
    for (const line of out.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    expect(code).toBe(0)
  },
)
