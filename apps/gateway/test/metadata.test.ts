import fc from 'fast-check'
import { expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

const hostile = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  '$where',
  '$set',
  'a.b',
  '.',
  ' ',
  '[x]',
  'x'.repeat(41),
  '🦉',
  'Lockstep_id',
]

test.each(hostile)('the metadata name %j comes back as it was sent', async (name) => {
  const { call } = await startGateway()
  const text = `{"key":"k","metadata":{${JSON.stringify(name)}:{"deep":{${JSON.stringify(name)}:[1,null,"x"]}}}}`
  const made = await call('POST', '/v1/customers', {
    raw: text,
    headers: { 'Content-Type': 'application/json' },
  })
  expect(made.status).toBe(201)
  const read = await call('GET', `/v1/customers/${made.body.data.id}`)
  expect(read.text).toContain(
    `"metadata":{${JSON.stringify(name)}:{"deep":{${JSON.stringify(name)}:[1,null,"x"]}}}`,
  )
  expect(Object.hasOwn(Object.prototype, 'deep')).toBe(false)
})

test('metadata is replaced as a whole, and null clears it', async () => {
  const { call } = await startGateway()
  const { body } = await call('POST', '/v1/customers', { json: { key: 'k', metadata: { a: 1, b: 2 } } })
  const path = `/v1/customers/${body.data.id}`
  expect((await call('PUT', path, { json: { metadata: { b: 3 } } })).body.data.metadata).toEqual({ b: 3 })
  expect((await call('PUT', path, { json: { metadata: null } })).body.data.metadata).toEqual({})
})

test('any JSON object either round-trips or is 422, and is never a 500', async () => {
  const { call } = await startGateway()
  const names = fc.string({ unit: 'binary', maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(names, fc.jsonValue({ stringUnit: 'binary' }), { maxKeys: 5 }),
      async (metadata) => {
        const made = await call('POST', '/v1/customers', { json: { key: crypto.randomUUID(), metadata } })
        if (made.status === 422) return
        expect(made.status).toBe(201)
        const sent = JSON.parse(JSON.stringify(metadata))
        // An entry that is null or empty is no entry.
        const kept = Object.entries(sent).filter(([, value]) => value !== null && value !== '')
        expect(made.body.data.metadata).toEqual(Object.fromEntries(kept))
      },
    ),
    { numRuns: 40 },
  )
}, 30_000)
