// A delivery is taken only where it is proven (Standard Webhooks).

import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { unwrap, WebhookError } from '../src/index.ts'

const raw = Buffer.from('an endpoint secret of 24 b')
const secret = `whsec_${raw.toString('base64')}`
const body = '{"type":"customer.updated","data":{"id":"c"}}'
const at = 1_700_000_000

function headersFor(text: string, options: { key?: Buffer; timestamp?: number } = {}) {
  const timestamp = String(options.timestamp ?? at)
  const signed = createHmac('sha256', options.key ?? raw)
    .update(`msg_1.${timestamp}.${text}`)
    .digest('base64')
  return {
    'webhook-id': 'msg_1',
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,bm9uc2Vuc2U= v1,${signed}`,
  }
}

test('the event of a proven delivery comes out, from either kind of headers', async () => {
  const headers = headersFor(body)
  const expected = { webhookId: 'msg_1', event: { type: 'customer.updated', data: { id: 'c' } } }
  expect(await unwrap(body, headers, secret, { now: at * 1000 })).toEqual(expected)
  expect(await unwrap(body, new Headers(headers), secret, { now: at * 1000 })).toEqual(expected)
})

test('either of two secrets proves it while one is being rotated', async () => {
  const old = 'whsec_b2xkIHNlY3JldA=='
  expect(await unwrap(body, headersFor(body), [old, secret], { now: at * 1000 })).toMatchObject({
    webhookId: 'msg_1',
  })
})

test.each([
  ['another body', `${body} `, headersFor(body), at],
  ['another secret', body, headersFor(body, { key: Buffer.from('other') }), at],
  ['an old delivery', body, headersFor(body), at + 301],
  ['one from the future', body, headersFor(body), at - 301],
  ['no signature', body, { ...headersFor(body), 'webhook-signature': '' }, at],
  ['another version', body, { ...headersFor(body), 'webhook-signature': 'v2,abcd' }, at],
])('%s is refused', async (_name, text, headers, now) => {
  await expect(unwrap(text, headers, secret, { now: now * 1000 })).rejects.toBeInstanceOf(WebhookError)
})
