import { describe, expect, it } from 'vitest'
import { failureOf, testSandbox } from '../support/sandbox.ts'

const sandbox = await testSandbox()
const { stripe } = sandbox
const as = (authorization: string) =>
  sandbox.request('GET', '/v1/account', undefined, { Authorization: authorization })

describe('An API key (FACTS 5)', () => {
  it.each([
    ['', /^You did not provide an API key\. You need to provide your API key in the Authorization header/],
    ['Digest x', /^You did not provide an API key\./],
    ['Bearer nope', /^Invalid API Key provided: nope$/],
    ['Bearer sk_test_', /^Invalid API Key provided: sk_test_$/],
    ['Basic !!!', /^(?:Invalid API Key provided|You did not provide)/],
    [
      'Bearer pk_test_1',
      /^This API call cannot be made with a publishable API key\. Please use a secret API key\./,
    ],
  ])('that is none is 401: %s', async (authorization, message) => {
    const { status, error } = await as(authorization)
    expect([status, error['type']]).toEqual([401, 'invalid_request_error'])
    expect(error['message']).toMatch(message)
    expect(error).not.toHaveProperty('request_log_url')
  })

  it('says by its code that it is publishable, or expired; a revoked one is invalid, and shown masked', async () => {
    await sandbox.door('POST', '/accounts', { key: 'sk_test_expired_1234', state: 'expired' })
    await sandbox.door('POST', '/accounts', { key: 'sk_test_revoked_1234', state: 'revoked' })
    expect((await as('Bearer pk_test_1')).error['code']).toBe('secret_key_required')
    expect((await as('Bearer sk_test_expired_1234')).error['code']).toBe('api_key_expired')
    const revoked = await as('Bearer sk_test_revoked_1234')
    expect(revoked.status).toBe(401)
    expect(revoked.error).toEqual({
      message: 'Invalid API Key provided: sk_test_********1234',
      type: 'invalid_request_error',
    })
  })

  it('may come by basic authentication as well', async () => {
    const { json } = await as(`Basic ${Buffer.from('sk_test_1:').toString('base64')}`)
    expect(json['id']).toBe(sandbox.account)
  })

  it('that is restricted may do what it was given and gets 403 for the rest', async () => {
    await sandbox.door('POST', '/accounts', {
      key: 'rk_test_restricted_1',
      permissions: { customers: 'read', events: 'none', payment_methods: 'write' },
    })
    const restricted = sandbox.client('rk_test_restricted_1')
    const { id } = await stripe.customers.create({})
    expect((await restricted.customers.retrieve(id)).id).toBe(id)
    await restricted.paymentMethods.create({ type: 'card', card: { token: 'tok_visa' } })
    for (const call of [
      restricted.customers.create({}),
      restricted.customers.del(id),
      restricted.events.list(),
      restricted.accounts.retrieveCurrent(),
    ]) {
      expect(await failureOf(call)).toMatchObject({ statusCode: 403, type: 'StripePermissionError' })
    }
    expect((await stripe.customers.retrieve(id)).id).toBe(id)
    expect((await failureOf(restricted.customers.del(id))).message).toMatch(
      /^The provided key 'rk_test_\*+ed_1' does not have the required permissions for this endpoint on account 'acct_1LockstepSandbox'\./,
    )
  })

  it('that was not restricted may do everything; an unbound key is refused if the settings say so', async () => {
    expect((await sandbox.client('rk_test_2').customers.create({})).id).toMatch(/^cus_/)
    sandbox.set({ keys: 'bound' })
    expect(await failureOf(stripe.customers.list())).toMatchObject({ statusCode: 401 })
    sandbox.set({ keys: 'any' })
  })

  it('reaches no other account than its own', async () => {
    for (const name of ['Stripe-Account', 'Stripe-Context']) {
      const ask = (account: string) => sandbox.request('GET', '/v1/customers', undefined, { [name]: account })
      expect((await ask(sandbox.account)).status).toBe(200)
      expect(await ask('acct_other')).toMatchObject({
        status: 403,
        error: {
          code: 'account_invalid',
          message:
            "The provided key 'sk_test_****step' does not have access to account 'acct_other' (or that account does not exist). Application access may have been revoked.",
        },
      })
    }
  })
})
