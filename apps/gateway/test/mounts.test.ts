// The mounts: the same customers at the paths, and in the words, of other systems' clients.

import { describe, expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

const person = { name: 'Acme Dev', email: 'billing@acme.dev' }
const places = [
  '/v1/customers',
  '/api/v1/customer-mgmt/customers',
  '/ledger/customers',
  '/~default/customers',
]

describe.each(places)('%s', (path) => {
  test('serves the same customers, by every route', async () => {
    const { call } = await startGateway()
    const made = await call('POST', path, { json: { ...person, key: 'acme' } })
    expect(made.status).toBe(201)
    const { id } = made.body.data
    expect(made.headers.get('location')).toBe(`${path}/${id}`)
    for (const place of places) {
      expect((await call('GET', `${place}/${id}`)).body.data.id).toBe(id)
      expect((await call('GET', `${place}/key/acme`)).body.data.id).toBe(id)
      expect((await call('GET', `${place}/email/Billing@acme.dev`)).body.data.id).toBe(id)
      expect((await call('GET', place)).body.data).toHaveLength(1)
    }
    expect((await call('POST', `${path}/${id}/qualify`)).body.data.status).toBe('prospect')
    expect((await call('PATCH', `${path}/${id}`, { json: { name: 'Acme' } })).body.data.name).toBe('Acme')
    expect((await call('POST', `${path}/${id}/archive`)).body.data.state).toBe('archived')
  })

  test('asks for an API key, and knows its own methods and paths', async () => {
    const { call } = await startGateway()
    expect((await call('GET', path, { key: null })).status).toBe(401)
    const wrong = await call('DELETE', path)
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, POST, HEAD'])
    expect((await call('GET', `${path}/not-an-id`)).status).toBe(404)
  })

  test('logs the template of its route', async () => {
    const { call, lines } = await startGateway()
    await call('GET', `${path}/email/secret@example.com`)
    const template = `${path.replace('default', ':tenant')}/email/:email`
    expect(lines.at(-1)).toMatchObject({ route: template })
    expect(JSON.stringify(lines)).not.toContain('secret')
  })
})

describe('what a create needs', () => {
  test.each([
    ['/v1/customers', {}, ['key', 'email']],
    ['/api/v1/customer-mgmt/customers', { key: 'k' }, ['name', 'email']],
    ['/api/v1/customer-mgmt/customers', { name: 'Ada', email: null }, ['email']],
    ['/ledger/customers', { key: 'k', name: 'Ada' }, ['email']],
    ['/~default/customers', { name: 'Ada' }, ['email']],
    ['/~default/customers', { email: 'a@example.com' }, ['name']],
  ])('%s %j: names %j', async (path, json, faults) => {
    const { call } = await startGateway()
    const refused = await call('POST', path, { json })
    expect(refused.status).toBe(422)
    expect(refused.body.errors.map(({ field }: { field: string }) => field)).toEqual(faults)
  })

  test('an update may not clear', async () => {
    const { call } = await startGateway()
    const { body } = await call('POST', '/v1/customers', { json: person })
    const cleared = { json: { name: null, email: null } }
    const faults = async (path: string) =>
      (await call('PUT', `${path}/${body.data.id}`, cleared)).body.errors?.map(
        ({ field }: { field: string }) => field,
      )
    expect(await faults('/api/v1/customer-mgmt/customers')).toEqual(['name', 'email'])
    expect(await faults('/ledger/customers')).toEqual(['email'])
    expect(await faults('/~default/customers')).toEqual(['name', 'email'])
    expect(await faults('/v1/customers')).toBeUndefined()
  })
})

describe('/ledger', () => {
  test('an update to the status deleted is a soft delete, and takes the last changes along', async () => {
    const { call } = await startGateway()
    const { body } = await call('POST', '/ledger/customers', { json: { ...person, currency: 'USD' } })
    expect(body.data.currency).toBe('usd')
    const path = `/ledger/customers/${body.data.id}`
    const json = { ...person, name: 'Last', deleted_at: '2026-01-01T00:00:00Z', status: 'deleted' }
    const deleted = await call('PUT', path, { json })
    expect(deleted.body.data).toMatchObject({ state: 'deleted', name: 'Last' })
    expect((await call('GET', '/ledger/customers')).body.data).toEqual([])
    expect((await call('POST', `${path}/restore`)).body.data.state).toBe('active')
  })

  test('any other status in an update is refused, and so is deleted elsewhere', async () => {
    const { call } = await startGateway()
    const { body } = await call('POST', '/v1/customers', { json: person })
    const put = (path: string, status: string) => call('PUT', `${path}/${body.data.id}`, { json: { status } })
    expect((await put('/ledger/customers', 'customer')).status).toBe(422)
    expect((await put('/v1/customers', 'deleted')).status).toBe(422)
  })
})

describe('/~{tenant}', () => {
  test('of another tenant is no tenant at all, whether it exists or not', async () => {
    const { call, addKey } = await startGateway()
    const theirs = await addKey({ tenantId: 'theirs' })
    await call('POST', '/~theirs/customers', { json: person, key: theirs })
    for (const tenant of ['theirs', 'nobody'])
      for (const [method, json] of [['GET'], ['POST', person]] as const)
        expect((await call(method, `/~${tenant}/customers`, json ? { json } : {})).status).toBe(404)
  })

  test('customer_… names a customer by our id or by the key that it came with', async () => {
    const { call } = await startGateway()
    const made = await call('POST', '/~default/customers', { json: { ...person, key: 'customer_fX9bL5nRd' } })
    const { id } = made.body.data
    for (const name of [id, `customer_${id}`, 'customer_fX9bL5nRd']) {
      expect((await call('GET', `/~default/customers/${name}`)).body.data?.id).toBe(id)
      const changed = await call('PATCH', `/~default/customers/${name}`, { json: { description: name } })
      expect(changed.body.data.description).toBe(name)
    }
    expect((await call('GET', '/~default/customers/customer_unknown')).status).toBe(404)
    expect((await call('GET', '/v1/customers/customer_fX9bL5nRd')).status).toBe(404)
  })

  test('takes the fields by its own names', async () => {
    const { call } = await startGateway()
    const json = {
      ...person,
      taxExempt: 'exempt',
      contact: 'contact_1',
      organization: 'org_fX9bL5nRd',
      currency: 'usd',
    }
    const made = await call('POST', '/~default/customers', { json })
    expect(made.body.data).toMatchObject({
      tax_exempt: 'exempt',
      contact_id: 'contact_1',
      organization: 'org_fX9bL5nRd',
    })
    const wrong = await call('POST', '/~default/customers', { json: { ...person, taxExempt: 'maybe' } })
    expect(wrong.body.errors).toMatchObject([{ field: 'taxExempt' }])
    expect((await call('POST', '/v1/customers', { json })).status).toBe(422)
    expect((await call('GET', '/~default/customers?currency=usd')).body.data).toHaveLength(1)
  })
})
