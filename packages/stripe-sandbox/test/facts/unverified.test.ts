import { describe, expect, it } from 'vitest'
import { settingTable } from '../../src/settings.ts'
import { testSandbox } from '../support/sandbox.ts'
import { settingTests, testedSettings } from '../support/unverified.ts'

const sandbox = await testSandbox({ frozen: true })
const { stripe } = sandbox
const setting = settingTests(sandbox)
const request = (form: string, headers: Record<string, string> = {}, path = '/v1/customers') =>
  sandbox.request('POST', path, form, headers)
const deletedCustomer = async () => {
  const { id } = await stripe.customers.create({})
  await stripe.customers.del(id)
  return id
}

/** Makes two requests with one key at once, and gives the refusal of the second. */
const refusedTwin = async () => {
  sandbox.set({ latency: '20-20' })
  const answers = await Promise.all(['a', 'a'].map(() => request('name=twin', { 'Idempotency-Key': 'twin' })))
  return answers.find(({ status }) => status === 409)
}
const limited = async () => {
  sandbox.set({ limits: 'sandbox', account_limit: 0 })
  return request('')
}

describe('What is not verified of answers is a setting (FACTS 9)', () => {
  setting('idempotency_scope', 'a key on another endpoint is a mismatch, or another key', async () => {
    const headers = { 'Idempotency-Key': 'scope' }
    const made = await request('name=a', headers)
    const path = `/v1/customers/${String(made.json['id'])}`
    expect((await request('name=b', headers, path)).error['type']).toBe('idempotency_error')
    sandbox.set({ idempotency_scope: 'endpoint' })
    expect((await request('name=b', headers, path)).status).toBe(200)
    expect((await request('name=c', headers, path)).error['type']).toBe('idempotency_error')
  })

  setting('in_use_error_type', 'of a 409 it is one of the four', async () => {
    expect((await refusedTwin())?.error['type']).toBe('invalid_request_error')
    sandbox.set({ in_use_error_type: 'idempotency_error' })
    await sandbox.door('POST', '/reset')
    expect((await refusedTwin())?.error['type']).toBe('idempotency_error')
  })

  setting('in_use_message', 'of a 409 it names the key', async () => {
    expect((await refusedTwin())?.error['message']).toMatch(
      /^There is currently another in-progress request .*: twin\./,
    )
    sandbox.set({ in_use_message: 'busy: {key}' })
    await sandbox.door('POST', '/reset')
    expect((await refusedTwin())?.error['message']).toBe('busy: twin')
  })

  setting('gateway_errors_kept', 'a 503 is not kept for the key, or is', async () => {
    const fail = async (key: string) => {
      sandbox.faults.add({
        method: 'POST',
        times: 1,
        action: { kind: 'status', status: 503, when: 'before' },
      })
      const headers = { 'Idempotency-Key': key }
      return [(await request('', headers)).status, (await request('', headers)).status]
    }
    expect(await fail('forgotten')).toEqual([503, 200])
    sandbox.set({ gateway_errors_kept: true })
    expect(await fail('kept')).toEqual([503, 503])
  })

  setting('too_long_code', 'of a text that is too long is absent, or as set', async () => {
    const long = `phone=${'1'.repeat(21)}`
    expect((await request(long)).error).not.toHaveProperty('code')
    sandbox.set({ too_long_code: 'parameter_invalid_string_too_long' })
    expect((await request(long)).error).toMatchObject({
      code: 'parameter_invalid_string_too_long',
      doc_url: 'https://stripe.com/docs/error-codes/parameter-invalid-string-too-long',
    })
  })

  setting('too_long_message', 'of a text that is too long shows its ends and the limit', async () => {
    const long = 'phone=123456789012345678901'
    expect((await request(long)).error['message']).toBe(
      'Invalid string: 1234...8901; must be at most 20 characters',
    )
    sandbox.set({ too_long_message: '{max} is the most for {value}' })
    expect((await request(long)).error['message']).toBe('20 is the most for 1234...8901')
  })

  setting('email_invalid_message', 'of a bad e-mail address shows it', async () => {
    expect((await request('email=nope')).error['message']).toBe('Invalid email address: nope')
    sandbox.set({ email_invalid_message: '{value} is none' })
    expect((await request('email=nope')).error).toMatchObject({
      code: 'email_invalid',
      message: 'nope is none',
    })
  })

  setting('rate_limit_error_type', 'of a limiter 429 it is one of the four', async () => {
    expect((await limited()).error).toMatchObject({ code: 'rate_limit', type: 'invalid_request_error' })
    sandbox.set({ rate_limit_error_type: 'api_error' })
    expect((await limited()).error['type']).toBe('api_error')
  })

  setting('rate_limit_retry_after', 'no header says when to come again, or one does', async () => {
    expect((await limited()).headers.get('retry-after')).toBeNull()
    sandbox.set({ rate_limit_retry_after: 2 })
    expect((await limited()).headers.get('retry-after')).toBe('2')
  })

  setting('rate_limit_should_retry', 'no header says whether to come again, or one does', async () => {
    expect((await limited()).headers.get('stripe-should-retry')).toBeNull()
    for (const rate_limit_should_retry of ['true', 'false'] as const) {
      sandbox.set({ rate_limit_should_retry })
      expect((await limited()).headers.get('stripe-should-retry')).toBe(rate_limit_should_retry)
    }
  })

  setting('deleted_customer_update', 'POST on a deleted customer is 404, or 400', async () => {
    const path = `/v1/customers/${await deletedCustomer()}`
    const missing = { code: 'resource_missing', param: 'id' }
    expect(await request('name=x', {}, path)).toMatchObject({ status: 404, error: missing })
    sandbox.set({ deleted_customer_update: 'refused' })
    expect(await request('name=x', {}, path)).toMatchObject({ status: 400, error: missing })
  })

  setting('deleted_customer_delete', 'DELETE of a deleted customer is 404, or the stub again', async () => {
    const id = await deletedCustomer()
    const again = () => sandbox.request('DELETE', `/v1/customers/${id}`)
    expect(await again()).toMatchObject({ status: 404, error: { code: 'resource_missing', param: 'id' } })
    sandbox.set({ deleted_customer_delete: 'again' })
    expect((await again()).json).toEqual({ id, object: 'customer', deleted: true })
  })

  setting('search_fields', 'the fields that search knows are five, or as set', async () => {
    const search = (field: string) =>
      sandbox.request('GET', `/v1/customers/search?query=${field}:%22a@b.c%22`)
    for (const field of ['email', 'name', 'phone', 'metadata[%22k%22]'])
      expect((await search(field)).status).toBe(200)
    expect((await search('description')).status).toBe(400)
    sandbox.set({ search_fields: 'email' })
    expect([(await search('email')).status, (await search('phone')).status]).toEqual([200, 400])
  })

  setting('tax_ids_max', 'a customer has as many tax ids as it is given, or up to a number', async () => {
    const { id } = await stripe.customers.create({})
    const add = () => request('type=us_ein&value=12-3456789', {}, `/v1/customers/${id}/tax_ids`)
    for (let made = 0; made < 30; made++) expect((await add()).status).toBe(200)
    sandbox.set({ tax_ids_max: 30 })
    expect((await add()).status).toBe(400)
  })

  setting(
    'detached_payment_method',
    'a card that was detached is spent, or can be attached again',
    async () => {
      const { id: customer } = await stripe.customers.create({})
      const attach = async () => {
        const { id } = await stripe.paymentMethods.attach('pm_card_visa', { customer })
        await stripe.paymentMethods.detach(id)
        return await sandbox.request('POST', `/v1/payment_methods/${id}/attach`, `customer=${customer}`)
      }
      expect((await attach()).status).toBe(400)
      sandbox.set({ detached_payment_method: 'attachable' })
      expect((await attach()).status).toBe(200)
    },
  )

  it('and each such setting has its test', () => {
    const unverified = Object.entries(settingTable).filter(([, { about }]) => about.startsWith('Unverified'))
    expect(testedSettings().toSorted()).toEqual(unverified.map(([name]) => name).toSorted())
  })
})
