import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { commands } from '../src/command-line/commands.ts'
import { durationText, secondsOf } from '../src/command-line/duration.ts'
import { runProgram } from '../src/command-line/program.ts'
import { eventTypes } from '../src/events/event-types.ts'
import { type Ended, runCommand, startCommand, startProcess } from './support/process.ts'
import { startReceiver } from './support/receiver.ts'
import { testSandbox } from './support/sandbox.ts'
import { until } from './support/until.ts'

const receiver = await startReceiver()
const sandbox = await testSandbox()
const { stripe, url } = sandbox
const folder = mkdtempSync(join(tmpdir(), 'sandbox-commands-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(async () => {
  await sandbox.door('POST', '/reset')
  receiver.clear()
})

/** Runs a command line in this process. */
async function run(...args: string[]): Promise<Ended> {
  let [out, err] = ['', '']
  const print = (line: string) => void (out += `${line}\n`)
  const code = await runProgram(args, { print, complain: (line) => void (err += `${line}\n`) })
  return { code, out, err }
}

/** The same, on the sandbox of this file. */
const on = (...args: string[]) => run(...args, '--url', url)

/** Words that make each command talk to a sandbox. */
const words: { readonly [name: string]: string[] } = {
  trigger: ['customer.created'],
  resend: ['evt_1'],
  seed: ['examples'],
  advance: ['1s'],
}

describe('the help', () => {
  it('fits 80 columns, begins with what to type, and explains every command, flag and exit code', async () => {
    const whole = await run('--help')
    expect([whole.code, whole.err]).toEqual([0, ''])
    const all = [whole, ...(await Promise.all(commands.map(({ name }) => run(name, '--help'))))]
    for (const { out } of all) {
      expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
      expect(out.indexOf('\nExamples\n')).toBeLessThan(out.indexOf('\nFlags'))
      expect(out.indexOf('\nExamples\n')).toBeGreaterThan(0)
    }
    for (const { name, about, flags } of commands) {
      expect(whole.out.replaceAll(/\s+/g, ' ')).toContain(about)
      for (const flag of flags) expect(flag.about, `${name} --${flag.name}`).toMatch(/^\S.*\.$/)
    }
    for (const code of ['0', '1', '3', '4']) expect(whole.out).toMatch(new RegExp(`\n {2}${code} {2,}\\w`))
  })

  it('is there by the word help too, and the version is that of the package', async () => {
    expect((await run('help', 'listen')).out).toBe((await run('listen', '--help')).out)
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect((await run('--version')).out).toBe(`${version}\n`)
  })
})

describe('a command', () => {
  it('says how to start a sandbox where none is', async () => {
    // Port 1 needs root to listen, and nobody does.
    const nowhere = 'http://127.0.0.1:1'
    const all = commands.slice(1).map(({ name }) => run(name, ...(words[name] ?? []), '--url', nowhere))
    for (const { code, err } of await Promise.all(all)) {
      expect(code).toBe(4)
      expect(err).toBe(
        `No sandbox answers at ${nowhere}. Start one with: stripe-sandbox (or say where it runs: --url URL)\n`,
      )
    }
  })

  const wrong: readonly (readonly [string[], string])[] = [
    [['nope'], 'There is no command nope. There are: start, listen, trigger'],
    [['--nope'], "Unknown option '--nope'. See: stripe-sandbox start --help"],
    [['start', 'now'], 'start does not take now. See: stripe-sandbox start --help'],
    [['advance'], 'How far? See: stripe-sandbox advance --help'],
    [['advance', 'soon'], 'soon is no duration: write 90s'],
    [['resend'], 'Which event? See: stripe-sandbox resend --help'],
    [['seed'], 'Which file? See: stripe-sandbox seed --help'],
    [['listen', '--thin'], '--thin goes with --forward-to'],
    [['listen', '--events', 'customer.nope'], 'no event is called customer.nope'],
    [['faults', 'add'], 'Which kind? See: stripe-sandbox faults --help'],
    [['faults', 'remove'], 'faults does not know remove. See: stripe-sandbox faults --help'],
    [
      ['trigger', 'customer.nope', '--url', url],
      'no event is called customer.nope; type must be one of customer.',
    ],
    [
      ['faults', 'add', 'cut', '--ms', '5', '--url', url],
      'the action cut has no member ms; it takes kind, when',
    ],
    [['faults', 'add', '{', '--url', url], 'this is no JSON object: {'],
    [['resend', 'evt_nope', '--url', url], 'no such event: evt_nope'],
  ]
  const wrongStarts: readonly (readonly [string[], string])[] = [
    [['--port', 'x'], '--port needs a whole number, not x'],
    [['--webhook', 'http://127.0.0.1:1/'], '--webhook and --secret go together'],
    [['--set', 'limits'], '--set needs NAME=VALUE, not limits'],
    [['--set', 'nope=1'], 'unknown setting: nope'],
    [['--fixtures', '/no/such/file'], 'no such file'],
    [['--port', String(sandbox.port)], `Port ${sandbox.port} is taken: is a sandbox running already?`],
  ]

  it('that is wrong ends with 1 and says what is, in one line', async () => {
    const inProcess = wrong.map(async ([args, text]) => ({ args, text, ...(await run(...args)) }))
    const started = wrongStarts.map(async ([args, text]) => ({ args, text, ...(await runCommand(...args)) }))
    for (const { args, text, code, out, err } of await Promise.all([...inProcess, ...started])) {
      expect([code, out], args.join(' ')).toEqual([1, ''])
      expect(err).toContain(text)
      expect(err.trim().split('\n')).toHaveLength(1)
    }
  })
})

describe('events on purpose', () => {
  it('trigger causes one and names it; without a type it lists them all', async () => {
    const { code, out } = await on('trigger', 'customer.updated')
    const [event] = (await stripe.events.list({ limit: 1 })).data
    expect([code, out]).toEqual([0, `customer.updated  ${event?.id}\n`])
    expect((await run('trigger')).out.trim().split('\n')).toEqual(eventTypes)
  })

  it('resend says what each receiver answered, and ends with 3 if one did not take it', async () => {
    await stripe.customers.create({})
    const [event] = (await stripe.events.list()).data
    const id = event?.id ?? ''
    const none = await on('resend', id)
    expect([none.code, none.out]).toEqual([
      3,
      'No receiver that is enabled wants this event; nothing was sent.\n',
    ])
    const endpoint = await stripe.webhookEndpoints.create({
      url: receiver.url,
      enabled_events: ['coupon.created'],
    })
    receiver.script(200, 500)
    const taken = await on('resend', id, '--endpoint', endpoint.id)
    expect([taken.code, taken.out]).toEqual([0, `200  ${receiver.url}  ${endpoint.id}\n`])
    expect((await on('resend', id, '--endpoint', endpoint.id)).code).toBe(3)
    expect(receiver.received.map(({ event: got }) => got.id)).toEqual([id, id])
  })
})

describe('the state', () => {
  it('seed makes what a file says, with events unless it is silent', async () => {
    const file = join(folder, 'two.csv')
    writeFileSync(file, 'name\nAna\nBo\n')
    const { code, out } = await on('seed', file)
    expect([code, out]).toEqual([0, 'customers 2\n'])
    await on('seed', 'examples', '--silent')
    expect((await stripe.customers.list()).data).toHaveLength(8)
    expect((await stripe.events.list()).data).toHaveLength(2)
  })

  it('advance moves the clock, and reset forgets', async () => {
    const before = sandbox.clock.now()
    const { code, out } = await on('advance', '1d12h')
    expect(code).toBe(0)
    expect(out).toMatch(/^It is \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC there, 1 d 12 h ahead\.\n$/)
    expect(sandbox.clock.now() - before).toBeGreaterThanOrEqual(36 * 3_600_000)
    await stripe.customers.create({})
    expect((await on('reset')).code).toBe(0)
    expect((await stripe.customers.list()).data).toEqual([])
  })

  it('faults adds by flags or JSON, lists and clears', async () => {
    const rule = {
      method: 'POST',
      path: '/v1/customers',
      nth: [1, 3],
      action: { kind: 'cut', when: 'after' },
    }
    const flags = '--method POST --path /v1/customers --when after --nth 1,3'.split(' ')
    expect((await on('faults', 'add', 'cut', ...flags)).out).toBe(
      `fault_1  0 matched, 0 hit  ${JSON.stringify(rule)}\n`,
    )
    await on('faults', 'add', 'drop', '--event-type', 'customer.*', '--retry', '--probability', '0.5')
    await on('faults', 'add', '{"action":{"kind":"conflict"}}')
    expect(sandbox.faults.list()).toMatchObject([
      rule,
      { event_type: 'customer.*', probability: 0.5, action: { kind: 'drop', retry: true } },
      { action: { kind: 'conflict' } },
    ])
    expect((await on('faults')).out.trim().split('\n')).toHaveLength(3)
    expect((await on('faults', 'clear', 'fault_2')).out).toBe('1 removed.\n')
    expect((await on('faults', 'clear', 'fault_2')).code).toBe(1)
    expect((await on('faults', 'clear')).out).toBe('2 removed.\n')
    expect((await on('faults')).out).toContain('There are none.')
  })

  it('durations are read as they are written, and shown by their two largest units', () => {
    expect(['90', '90s', '10m', '2h', '3d', '1w', '1d12h'].map(secondsOf)).toEqual([
      90, 90, 600, 7200, 259_200, 604_800, 129_600,
    ])
    for (const wrong of ['', '3 d', 'd', '1.5h', '-1d', '1y'])
      expect(() => secondsOf(wrong)).toThrow('is no duration')
    expect([0, 90_000, 90_061_000].map(durationText)).toEqual(['0 s', '1 m 30 s', '1 d 1 h'])
  })
})

describe('listen', () => {
  it('forwards signed events of the wanted types, shows them, and leaves no endpoint behind', async () => {
    const target = receiver.url.replace('http://', '')
    const listening = startCommand('listen', '--forward-to', target, '--events', 'customer.*', '--url', url)
    await until('the endpoint', async () => (await stripe.webhookEndpoints.list()).data.length === 1)
    await until('the greeting', () => listening.lines.length >= 3)
    const secret = /whsec_\w+/.exec(listening.lines.join('\n'))?.[0] ?? ''
    receiver.script(500)
    const { id } = await stripe.customers.create({})
    await stripe.coupons.create({ percent_off: 10 })
    await stripe.customers.del(id)
    await until('four lines', () => listening.lines.length >= 7)
    for (const { body, headers } of receiver.received)
      stripe.webhooks.constructEvent(body, headers['stripe-signature'] ?? '', secret)
    expect(receiver.received.map(({ event }) => event.type)).toEqual(['customer.created', 'customer.deleted'])
    const shown = listening.lines.slice(3).map((line) => line.replaceAll(/\d\d:\d\d:\d\d/g, 'T'))
    const [created, deleted] = receiver.received.map(({ event }) => event)
    expect(shown.toSorted()).toEqual(
      [
        `T  customer.created                         ${created?.id}`,
        `T  customer.deleted                         ${deleted?.id}`,
        `T    → 500, again at T  ${receiver.url}  customer.created`,
        `T    → 200  ${receiver.url}  customer.deleted`,
      ].toSorted(),
    )
    const { code, out } = await listening.ended('SIGINT')
    expect(code).toBe(0)
    expect(out.split(secret)).toHaveLength(2)
    expect((await stripe.webhookEndpoints.list()).data).toEqual([])
  })

  it('forwards thin twins if asked', async () => {
    const listening = startCommand('listen', '--forward-to', receiver.url, '--thin', '--url', url)
    await until('the greeting', () => listening.lines.length >= 3)
    const secret = /whsec_\w+/.exec(listening.lines.join('\n'))?.[0] ?? ''
    const { id } = await stripe.customers.create({})
    await until('the event', () => receiver.received.length === 1)
    const { body = '', headers = {} } = receiver.received[0] ?? {}
    const event = stripe.parseEventNotification(body, headers['stripe-signature'] ?? '', secret)
    expect(event).toMatchObject({ type: 'v1.customer.created', related_object: { id } })
    await listening.ended('SIGTERM')
    expect((await stripe.v2.core.eventDestinations.list()).data).toEqual([])
  })

  it('without a target shows what others receive, and what is sent by hand', async () => {
    await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] })
    const listening = startCommand('listen', '--url', url)
    await until('the greeting', () => listening.lines.length >= 2)
    await stripe.customers.create({})
    await until('its delivery', () => listening.lines.length >= 4)
    const [event] = (await stripe.events.list()).data
    await on('resend', event?.id ?? '')
    await until('the second', () => listening.lines.length >= 5)
    expect(listening.lines[4]).toMatch(/→ 200 {2}http\S+ {2}customer\.created \(by hand\)$/)
    await listening.ended('SIGINT')
  })

  it('ends when its sandbox does, or forgets its endpoint, and says so', async () => {
    const other = await startProcess()
    const watching = startCommand('listen', '--url', other.url)
    await until('the greeting', () => watching.lines.length >= 2)
    await other.ended('SIGTERM')
    expect(await watching.ended()).toMatchObject({ code: 4, err: `The sandbox at ${other.url} has ended.\n` })
    const forwarding = startCommand('listen', '--forward-to', receiver.url, '--url', url)
    await until('the greeting', () => forwarding.lines.length >= 3)
    await sandbox.door('POST', '/reset')
    const { code, err } = await forwarding.ended()
    expect([code, err]).toEqual([1, expect.stringContaining('The sandbox was reset')])
  })
})

it('start greets within 80 columns, with where it is, how it is set and what to do next', async () => {
  const started = startCommand('start', '--port', '0', '--latency', '0')
  await until('the greeting', () => started.lines.length >= 11)
  expect(started.lines.filter((line) => line.length > 80)).toEqual([])
  const { code, out } = await started.ended('SIGINT')
  expect(code).toBe(0)
  for (const text of [
    'A local Stripe at http://127.0.0.1:',
    'any sk_test_…',
    'sandbox',
    'none',
    '/_sandbox',
    'listen',
  ])
    expect(out).toContain(text)
})

it('the same seed makes the same ids, and a frozen clock stands', async () => {
  const ids: string[] = []
  for (let round = 0; round < 2; round++) {
    const one = await startProcess('--seed', '7', '--frozen')
    const client = new Stripe('sk_test_1', {
      host: '127.0.0.1',
      port: new URL(one.url).port,
      protocol: 'http',
    })
    const { id, created } = await client.customers.create({})
    ids.push(id)
    await client.customers.create({})
    expect((await client.customers.list()).data.every((customer) => customer.created === created)).toBe(true)
    await one.ended('SIGTERM')
  }
  expect(ids[0]).toBe(ids[1])
})
