import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import Stripe from 'stripe'
import { afterAll, describe, expect, it } from 'vitest'
import { startSandbox, type Sandbox, type SandboxOptions } from '../src/index.ts'
import { startProcess } from './support/process.ts'
import { startReceiver } from './support/receiver.ts'

const folder = mkdtempSync(join(tmpdir(), 'sandbox-journal-'))
afterAll(() => rmSync(folder, { recursive: true }))
let made = 0
const textOf = (error: unknown) => (error instanceof Error ? error.message : '')
const newFile = () => join(folder, `journal-${made++}`)

/** Starts a sandbox on a file, uses it, and stops it. */
async function session<T>(
  persist: string,
  use: (stripe: Stripe, sandbox: Sandbox) => Promise<T>,
  options: SandboxOptions = {},
): Promise<T> {
  const sandbox = await startSandbox({ persist, latency: 0, limits: 'off', frozen: true, ...options })
  const { host, port } = sandbox
  const stripe = new Stripe('sk_test_1', { host, port, protocol: 'http', telemetry: false })
  try {
    return await use(stripe, sandbox)
  } finally {
    await sandbox.close()
  }
}

const everything = async (stripe: Stripe) => ({
  customers: (await stripe.customers.list({ limit: 100 })).data,
  events: (await stripe.events.list({ limit: 100 })).data,
  endpoints: (await stripe.webhookEndpoints.list()).data,
})

describe('a file that is damaged', () => {
  it('is refused with the line and what to do, is left as it was, and is of use up to that line', async () => {
    const file = newFile()
    const first = await session(file, async (stripe) => {
      const { id } = await stripe.customers.create({ name: 'kept' })
      await stripe.customers.create({ name: 'lost' })
      return id
    })
    const [line = '', ...others] = readFileSync(file, 'utf8').split('\n')
    for (const bad of [
      others[0]?.slice(5) ?? '',
      '[["a","b","c",7,false]]',
      '[[1]]',
      '[["a","b","c",{"$same":9},false]]',
      '{}',
    ]) {
      const damaged = [line, bad, ...others].join('\n')
      writeFileSync(file, damaged)
      await expect(startSandbox({ persist: file })).rejects.toThrow(`${file} is damaged in line 2: `)
      expect(readFileSync(file, 'utf8')).toBe(damaged)
    }
    const refused = await startSandbox({ persist: file }).catch((error: unknown) => error)
    const [command = '', repaired = ''] = /head -n \d+ '.*' > '(.*)'(?=,)/.exec(textOf(refused)) ?? []
    expect(spawnSync('/bin/sh', ['-c', command]).status).toBe(0)
    const read = await session(repaired, everything)
    expect(read.customers.map(({ id }) => id)).toEqual([first])
    expect(read.events).toHaveLength(1)
  })

  it('at its very end, by a crash, loses only what was never answered', async () => {
    const file = newFile()
    await session(file, (stripe) => stripe.customers.create({ name: 'kept' }))
    appendFileSync(file, '[["acct_1Lock')
    await session(file, async (stripe) => {
      expect((await stripe.customers.list()).data).toMatchObject([{ name: 'kept' }])
      await stripe.customers.create({ name: 'after' })
    })
    expect((await session(file, everything)).customers.map(({ name }) => name)).toEqual(['after', 'kept'])
  })

  it.each(['{"name": "package"}\n', 'hello', 'hello\nworld\n', '[]\n'])(
    'because it is something else (%j) is refused and left alone',
    async (text) => {
      const file = newFile()
      writeFileSync(file, text)
      await expect(startSandbox({ persist: file })).rejects.toThrow(`${file} is not a journal of the sandbox`)
      expect(readFileSync(file, 'utf8')).toBe(text)
      expect(existsSync(`${file}.lock`)).toBe(false)
    },
  )
})

describe('one file', () => {
  it('has one sandbox at a time: the second is told who has it, and gets it afterwards', async () => {
    const file = newFile()
    await session(file, async () => {
      await expect(startSandbox({ persist: file })).rejects.toThrow(
        `${file} is in use by process ${process.pid}: two sandboxes cannot share one file.`,
      )
      const link = newFile()
      symlinkSync(file, link)
      await expect(startSandbox({ persist: link })).rejects.toThrow('is in use')
      await expect(startProcess('--persist', file)).rejects.toThrow(/^1: .* is in use by process/)
    })
    expect(existsSync(`${file}.lock`)).toBe(false)
    await session(file, (stripe) => stripe.customers.create({}))
  })

  it('goes to exactly one of several that start at once, also beside the lock of a dead one', async () => {
    const file = newFile()
    for (let round = 0; round < 3; round++) {
      const started = await Promise.allSettled([1, 2, 3].map(() => startProcess('--persist', file)))
      const won = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
      expect(won).toHaveLength(1)
      await won[0]?.ended('SIGKILL')
      expect(existsSync(`${file}.lock`)).toBe(true)
    }
  })

  it('is not held by a process that only has the number of the one that died', async () => {
    const file = newFile()
    const host = hostname()
    for (const holder of [
      { pid: process.pid, host, started: 'another time' },
      { pid: 2 ** 30, host, started: '' },
    ]) {
      writeFileSync(`${file}.lock`, JSON.stringify(holder))
      await session(file, everything)
    }
  })

  it('is held by a sandbox on another host as long as that shows that it lives', async () => {
    const file = newFile()
    writeFileSync(`${file}.lock`, JSON.stringify({ pid: 1, host: 'elsewhere', started: '1' }))
    await expect(startSandbox({ persist: file })).rejects.toThrow('is in use by process 1 on elsewhere')
    const longAgo = new Date(Date.now() - 60_000)
    utimesSync(`${file}.lock`, longAgo, longAgo)
    await session(file, everything)
  })

  it('is free again when a start fails for another reason', async () => {
    const file = newFile()
    await session(newFile(), async (_stripe, { port }) => {
      await expect(startSandbox({ persist: file, port })).rejects.toThrow('EADDRINUSE')
    })
    expect(existsSync(`${file}.lock`)).toBe(false)
  })
})

describe('the file', () => {
  it('does not grow with changes that later ones replaced, and says the same after it was made again', async () => {
    const file = newFile()
    const before = await session(file, async (stripe) => {
      const [, second, third] = await Promise.all([1, 2, 3].map(() => stripe.customers.create({})))
      await stripe.webhookEndpoints.create({ url: 'http://127.0.0.1:1/', enabled_events: ['coupon.created'] })
      for (let turn = 0; turn < 200; turn++) {
        await stripe.customers.update(second?.id ?? '', { metadata: { turn } }, { idempotencyKey: `${turn}` })
      }
      await stripe.customers.del(third?.id ?? '')
      return { ...(await everything(stripe)), deleted: third?.id ?? '' }
    })
    // Forty days later the events of those turns are forgotten, as are their keys: what is left is three customers.
    const grown = statSync(file).size
    await session(file, async (_stripe, sandbox) => sandbox.clock.advance(40 * 86_400_000))
    const kept = await session(file, async (stripe, sandbox) => {
      await stripe.customers.create({}, { idempotencyKey: 'prunes' })
      expect(sandbox.clock.now()).toBeGreaterThan(Date.now() + 39 * 86_400_000)
      return everything(stripe)
    })
    expect(kept.customers.slice(1)).toEqual(before.customers)
    await session(file, async (stripe) => {
      expect(await everything(stripe)).toEqual(kept)
      expect(await stripe.customers.retrieve(before.deleted)).toMatchObject({ deleted: true })
      const after = await stripe.customers.list({ starting_after: before.deleted })
      expect(after.data.map(({ id }) => id)).toEqual(before.customers.map(({ id }) => id))
    })
    expect(statSync(file).size).toBeLessThan(grown / 20)
  })

  it('of version 0.1.0 is read as if this one had written it', async () => {
    const file = newFile()
    // Recorded: a customer created with the key k, and renamed, on the sandbox as 0.1.0 had it.
    copyFileSync(new URL('recorded/journal-0.1.0.txt', import.meta.url), file)
    for (let round = 0; round < 2; round++) {
      await session(file, async (stripe) => {
        const { customers, events } = await everything(stripe)
        expect(customers).toMatchObject([{ name: 'Ana King' }])
        expect(events).toMatchObject([
          { type: 'customer.updated', data: { object: customers[0], previous_attributes: { name: 'Ana' } } },
          { type: 'customer.created', data: { object: { name: 'Ana' } }, request: { idempotency_key: 'k' } },
        ])
        const thin = await stripe.v2.core.events.list()
        expect(thin.data).toMatchObject([{ changes: { name: 'Ana' } }, { type: 'v1.customer.created' }])
      })
    }
  })

  it('is not written again when nothing in it was replaced, and a remnant of an earlier start harms nobody', async () => {
    const file = newFile()
    await session(file, async (stripe) => {
      const { id } = await stripe.customers.create({ name: 'a' })
      await stripe.customers.update(id, { name: 'b' })
    })
    writeFileSync(`${file}.new`, 'a start that died half way')
    await session(file, everything)
    const written = statSync(file)
    await session(file, everything)
    expect(statSync(file).ino).toBe(written.ino)
    expect(readFileSync(file, 'utf8')).toMatch(/^\{"stripe_sandbox_journal":1,"snapshot":\d+\}\n/)
    await session(file, (stripe) => stripe.customers.create({ name: 'c' }))
    const { customers } = await session(file, everything)
    expect(customers.map(({ name }) => name)).toEqual(['c', 'b'])
  })

  it('keeps an event and the customer that it tells of as one object, so that memory does not double', async () => {
    const file = newFile()
    await session(file, async (stripe) => {
      const { id } = await stripe.customers.create({ description: 'x'.repeat(4000) })
      await stripe.customers.update(id, { name: 'changes what the first event holds' })
      await stripe.customers.create({ description: 'y'.repeat(4000) })
    })
    await session(file, everything)
    await session(file, async (stripe) => {
      const { customers, events } = await everything(stripe)
      expect(events.map(({ data }) => data.object)).toMatchObject([
        customers[0],
        customers[1],
        { name: null },
      ])
    })
    expect(readFileSync(file, 'utf8').split('y'.repeat(4000))).toHaveLength(2)
  })

  it('keeps no more finished deliveries than the log shows, over restarts too', async () => {
    const file = newFile()
    const receiver = await startReceiver()
    const options = { request_log_size: 3, webhooks: [{ url: receiver.url, secret: 'whsec_1' }] }
    for (let round = 0; round < 3; round++) {
      await session(
        file,
        async (stripe, sandbox) => {
          for (let index = 0; index < 4; index++) await stripe.customers.create({})
          await sandbox.settled()
          const answer: unknown = await (await fetch(`${sandbox.url}/_sandbox/deliveries`)).json()
          expect(answer).toMatchObject({ deliveries: [{}, {}, {}] })
        },
        options,
      )
    }
    expect(receiver.received).toHaveLength(12)
  })
})
