// A person asks for a repair: real workers carry it out, and nothing is written where it was only shown (G3, G12).

import { afterAll, beforeAll, expect, test } from 'vitest'
import { api, stripe } from '../support/api.ts'
import { lockstep } from '../support/lockstep.ts'
import { atRest, type Stack, startStack } from '../support/stack.ts'
import { until } from '../support/until.ts'

let stack: Stack
beforeAll(async () => {
  // Webhooks are lost and the event list is read once an hour: only a repair can tell.
  stack = await startStack({ workers: 2, measured: true, workerEnv: { CATCH_UP_EVERY_MS: '3600000' } })
  stack.sandbox.faults.add({ event_type: 'customer.*', action: { kind: 'drop', retry: false } })
})
afterAll(() => stack.close())

async function created(name: string): Promise<{ id: string; stripeId: string }> {
  const headers = { prefer: 'wait=20; until=synced' }
  const { data } = await api(stack, 'POST', '/v1/customers', { key: name, name }, { headers })
  return { id: String(data['id']), stripeId: String(data['stripe_customer_id']) }
}

/** Everything that a write could have changed. */
async function everything() {
  const docs = await stack.store.scanCustomers('default', null, 1000)
  return JSON.stringify([
    docs,
    await stack.store.readReconciliation('default'),
    await stack.store.readTenant('default'),
  ])
}

test('what a dry run shows and leaves alone, a repair puts right', async () => {
  const [edited, deleted] = [await created('edited'), await created('deleted')]
  await stripe(stack, 'POST', `/v1/customers/${edited.stripeId}`, { name: 'by hand' })
  await stripe(stack, 'DELETE', `/v1/customers/${deleted.stripeId}`)
  const { id: extra } = await stripe(stack, 'POST', '/v1/customers', { name: 'stranger' })
  await atRest(stack)

  const before = await everything()
  const writes = () => stack.sandbox.requests().filter(({ method }) => method !== 'GET').length
  const writesBefore = writes()
  const dry = await lockstep(stack, ['repair', '--dry-run', '--json'])
  expect(dry.code).toBe(3)
  expect(JSON.parse(dry.out)).toMatchObject({ counts: { drifted: 1, deleted: 1, extra: 1 }, dry_run: true })
  expect(await everything()).toBe(before)
  expect(writes()).toBe(writesBefore)

  const repaired = await lockstep(stack, ['repair', '--watch', '--json'])
  expect(repaired.err).not.toContain('Error')
  expect(JSON.parse(repaired.out)).toMatchObject({
    state: 'ended',
    reason: 'repair',
    counts: { drifted: 1, deleted: 1, extra: 1, missing: 0, duplicated: 0 },
  })
  expect(repaired.code).toBe(0)
  await atRest(stack)
  expect((await api(stack, 'GET', `/v1/customers/${edited.id}`)).data['name']).toBe('by hand')
  expect((await api(stack, 'GET', `/v1/customers/${deleted.id}`)).data['state']).toBe('archived')
  expect(await stack.store.findByStripeId('default', String(extra))).toMatchObject({ touched_by_api: false })
  const verified = await lockstep(stack, ['verify', '--json'])
  expect([verified.code, JSON.parse(verified.out)]).toMatchObject([0, { agreed: true }])
})

test('one customer is repaired by either id; one that nobody has is refused', async () => {
  const one = await created('one')
  await stripe(stack, 'POST', `/v1/customers/${one.stripeId}`, { name: 'by hand' })
  const dry = await lockstep(stack, ['repair', '--customer', one.stripeId, '--dry-run', '--json'])
  expect(JSON.parse(dry.out)).toMatchObject({
    customer: one.id,
    repair: 'look',
    difference: { kind: 'drifted' },
  })
  expect((await api(stack, 'GET', `/v1/customers/${one.id}`)).data['name']).toBe('one')
  expect((await lockstep(stack, ['repair', '--customer', one.id])).code).toBe(0)
  await until(
    'the edit is here',
    async () => (await api(stack, 'GET', `/v1/customers/${one.id}`)).data['name'] === 'by hand',
  )
  const { id: stranger } = await stripe(stack, 'POST', '/v1/customers', { name: 'stranger' })
  expect((await lockstep(stack, ['repair', '--customer', String(stranger)])).code).toBe(0)
  await until('the stranger is here', () => stack.store.findByStripeId('default', String(stranger)))
  expect((await lockstep(stack, ['repair', '--customer', 'cus_nobody'])).code).toBe(2)
})

test('a key of another account is refused with both ids, and nothing is written', async () => {
  const foreign = 'sk_test_foreign0123456789'
  await fetch(`${stack.sandbox.url}/_sandbox/accounts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: foreign, account: 'acct_foreign' }),
  })
  const before = await everything()
  for (const args of [['repair'], ['repair', '--dry-run'], ['verify']]) {
    const { code, err } = await lockstep(stack, args, { STRIPE_SECRET_KEY: foreign })
    expect([code, err]).toEqual([
      2,
      expect.stringMatching(/acct_foreign, .*bound to acct_1LockstepSandbox\. Give the key of/),
    ])
  }
  expect(await everything()).toBe(before)
})

test('while the tenant is paused a repair waits, and says so', async () => {
  await lockstep(stack, ['pause', '--reason', 'a test'])
  const { code, out } = await lockstep(stack, ['repair'])
  expect([code, out]).toEqual([3, expect.stringContaining('begins once the tenant goes on')])
  await lockstep(stack, ['resume', '--yes'])
  await until('the pass has ended', async () => {
    const record = await stack.store.readReconciliation('default')
    return record?.pass.ended_at != null && record.pass.began_at !== null
  })
})
