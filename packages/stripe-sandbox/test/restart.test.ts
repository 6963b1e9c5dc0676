import { execFile } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Stripe from 'stripe'
import { afterAll, expect, it, vi } from 'vitest'
import { startSandbox } from '../src/index.ts'
import { main, startProcess } from './support/process.ts'
import { startReceiver } from './support/receiver.ts'

const folder = mkdtempSync(join(tmpdir(), 'sandbox-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('kill -9 loses nothing that was answered: customers, events, deletions, idempotency keys', async () => {
  const file = join(folder, 'killed')
  const before = await startProcess('--persist', file)
  const kept = await before.stripe.customers.create(
    { name: 'žluť', metadata: { __proto__: 'x', $same: '0' } },
    { idempotencyKey: 'k' },
  )
  await before.stripe.customers.update(kept.id, { address: { city: 'X' } })
  const gone = await before.stripe.customers.create({})
  await before.stripe.customers.del(gone.id)
  const events = await before.stripe.events.list({})
  await before.ended('SIGKILL')
  appendFileSync(file, '[["torn line')

  const after = await startProcess('--persist', file)
  expect(await after.stripe.customers.retrieve(kept.id)).toMatchObject({
    name: 'žluť',
    address: { city: 'X' },
    metadata: kept.metadata,
  })
  expect(await after.stripe.customers.retrieve(gone.id)).toMatchObject({ deleted: true })
  expect((await after.stripe.events.list({})).data).toEqual(events.data)
  const replayed = await after.stripe.customers.create(
    { name: 'žluť', metadata: { __proto__: 'x', $same: '0' } },
    { idempotencyKey: 'k' },
  )
  expect(replayed.id).toBe(kept.id)
  expect((await after.stripe.customers.list({})).data).toHaveLength(1)
  expect(await after.ended('SIGTERM')).toBe(0)
})

it('a delivery that was owed before a restart is made after it, and the clock does not turn back', async () => {
  const receiver = await startReceiver()
  const options = {
    persist: join(folder, 'owed'),
    latency: 0,
    frozen: true,
    webhook_retry_seconds: [60],
    webhooks: [{ url: receiver.url, secret: 'whsec_1' }],
  }
  receiver.script(500)
  const before = await startSandbox(options)
  await clientOf(before.port).customers.create({})
  await before.settled()
  await before.clock.advance(30_000)
  const time = before.clock.now()
  await before.close()

  const after = await startSandbox(options)
  expect(after.clock.now()).toBeGreaterThanOrEqual(time)
  expect((await clientOf(after.port).webhookEndpoints.list()).data).toHaveLength(1)
  await after.clock.advance(30_000)
  expect(receiver.received).toHaveLength(2)
  expect((await clientOf(after.port).events.list({ delivery_success: true })).data).toHaveLength(1)
  await after.close()
})

it('refuses to start under NODE_ENV=production, on a wrong option, and on a taken port', async () => {
  const run = promisify(execFile)
  await expect(
    run(process.execPath, [main], { env: { ...process.env, NODE_ENV: 'production' } }),
  ).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('NODE_ENV=production'),
  })
  await expect(run(process.execPath, [main, '--limits', 'some'])).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('limits must be one of'),
  })
  await expect(run(process.execPath, [main, '--nope'])).rejects.toMatchObject({ code: 1 })
  const sandbox = await startSandbox()
  await expect(startSandbox({ port: sandbox.port })).rejects.toThrow('EADDRINUSE')
  await sandbox.close()
})

it.each([
  ['however often it comes back', false],
  ['also if it was emptied', true],
])('a sandbox with a seed gives no id twice, %s', async (_when, emptied) => {
  const options = { persist: join(folder, `seeded-${emptied}`), seed: 7, latency: 0, frozen: true }
  const ids: string[] = []
  for (let start = 0; start < 3; start++) {
    const sandbox = await startSandbox(options)
    ids.push((await clientOf(sandbox.port).customers.create({})).id)
    if (emptied && start === 0) {
      sandbox.reset()
      ids.pop()
    }
    ids.push((await clientOf(sandbox.port).customers.create({})).id)
    expect((await clientOf(sandbox.port).customers.list()).data.map(({ id }) => id)).toEqual(ids.toReversed())
    await sandbox.close()
  }
  expect(new Set(ids).size).toBe(emptied ? 5 : 6)
})

it('an invoice that is overdue is told of once, also by a sandbox that came back', async () => {
  const options = { persist: join(folder, 'overdue'), latency: 0, frozen: true }
  const before = await startSandbox(options)
  const stripe = clientOf(before.port)
  const { id: customer } = await stripe.customers.create({})
  const sent = await stripe.invoices.create({
    customer,
    collection_method: 'send_invoice',
    days_until_due: 1,
  })
  await stripe.invoiceItems.create({ customer, invoice: sent.id, amount: 900, currency: 'usd' })
  await stripe.invoices.finalizeInvoice(sent.id)
  await before.clock.advance(86_400_000)
  await before.close()

  const after = await startSandbox(options)
  await after.clock.advance(86_400_000)
  expect((await clientOf(after.port).events.list({ type: 'invoice.overdue' })).data).toHaveLength(1)
  await after.close()
})

it('a sandbox that closes does nothing more: what was in flight has no effect and writes nowhere', async () => {
  const said = vi.spyOn(console, 'error')
  const receiver = await startReceiver()
  const persist = join(folder, 'in-flight')
  const options = { persist, limits: 'off', webhooks: [{ url: receiver.url, secret: 'whsec_1' }] } as const
  const before = await startSandbox({ ...options, latency: '60000-60000' })
  const headers = { authorization: 'Bearer sk_test_1' }
  const call = (method: string, path: string) => before.call({ method, path, headers, body: 'name=late' })
  for (let count = 0; count < 20; count++) void call('POST', '/v1/customers')
  before.faults.add({ method: 'POST', action: { kind: 'server_error', when: 'after' } })
  for (let count = 0; count < 20; count++) void call('POST', '/v1/products')
  before.faults.remove()
  before.faults.add({ event_type: '*', action: { kind: 'delay_delivery', ms: 60_000 } })
  before.set({ latency: 0 })
  expect((await call('POST', '/v1/coupons'))?.status).toBe(400)
  expect((await call('POST', '/v1/customers'))?.status).toBe(200)
  const size = readFileSync(persist).length
  await before.close()
  await before.settled()
  expect(readFileSync(persist).length).toBe(size)
  expect(said).not.toHaveBeenCalled()

  const after = await startSandbox({ ...options, latency: 0 })
  expect((await clientOf(after.port).customers.list()).data).toHaveLength(1)
  await after.settled()
  expect(receiver.received.map(({ event }) => event.type)).toEqual(['customer.created'])
  await after.close()
  said.mockRestore()
})

const clientOf = (port: number) =>
  new Stripe('sk_test_1', { host: '127.0.0.1', port, protocol: 'http', telemetry: false })
