// Owns the port to Stripe's HTTP: one call out, one answer of a closed list back.
// Promises of every implementation: it never throws for what Stripe or the network does; it retries nothing itself;
// it sends exactly the form that it is given, with exactly the key that it is given.

/** One call. `path` is real, `endpoint` is its template (`POST /v1/customers/{id}`): what Stripe's limits count by. */
export interface StripeCall {
  method: 'GET' | 'POST' | 'DELETE'
  path: string
  endpoint: string
  form?: readonly (readonly [string, string])[]
  idempotencyKey?: string
}

/**
 * ok: 2xx. refused: 4xx that says what is wrong. busy: 409, 424, 429, 502–504: the same call again, later.
 * stored_500: unknown outcome, and the key answers it for ever. silence: no answer, unknown outcome, ask again.
 */
export type StripeAnswer =
  | { kind: 'ok'; body: unknown; replayed: boolean; requestId: string | null }
  | { kind: 'refused'; status: number; code: string; param: string | null; requestId: string | null }
  | { kind: 'busy'; status: number; reason: string | null; requestId: string | null }
  | { kind: 'stored_500'; requestId: string | null }
  | { kind: 'silence' }

export interface StripeHttp {
  call(call: StripeCall): Promise<StripeAnswer>
}

/** What an answer that is no success means, by its status. `code` and `reason` are null where Stripe gave none. */
export function answerOfStatus(told: {
  status: number
  code: string | null
  param: string | null
  reason: string | null
  requestId: string | null
}): Exclude<StripeAnswer, { kind: 'ok' | 'silence' }> {
  const { status, code, param, requestId } = told
  if ([409, 424, 429, 502, 503, 504].includes(status)) {
    return { kind: 'busy', status, reason: told.reason ?? code, requestId }
  }
  if (status >= 500) return { kind: 'stored_500', requestId }
  return { kind: 'refused', status, code: code ?? `status_${status}`, param, requestId }
}

/** Our use of Stripe, named once: method, template, path. */
export const stripeCalls = {
  createCustomer: (form: StripeCall['form'] & object, idempotencyKey: string): StripeCall => ({
    method: 'POST',
    path: '/v1/customers',
    endpoint: 'POST /v1/customers',
    form,
    idempotencyKey,
  }),
  updateCustomer: (id: string, form: StripeCall['form'] & object, idempotencyKey: string): StripeCall => ({
    method: 'POST',
    path: `/v1/customers/${encodeURIComponent(id)}`,
    endpoint: 'POST /v1/customers/{id}',
    form,
    idempotencyKey,
  }),
  getCustomer: (id: string): StripeCall => ({
    method: 'GET',
    path: `/v1/customers/${encodeURIComponent(id)}`,
    endpoint: 'GET /v1/customers/{id}',
  }),
  /** Needs no key: what is deleted is deleted. */
  deleteCustomer: (id: string): StripeCall => ({
    method: 'DELETE',
    path: `/v1/customers/${encodeURIComponent(id)}`,
    endpoint: 'DELETE /v1/customers/{id}',
  }),
  getPaymentMethod: (id: string): StripeCall => ({
    method: 'GET',
    path: `/v1/payment_methods/${encodeURIComponent(id)}`,
    endpoint: 'GET /v1/payment_methods/{id}',
  }),
  /** A thin event with all that its notification leaves out (API v2). */
  getThinEvent: (id: string): StripeCall => ({
    method: 'GET',
    path: `/v2/core/events/${encodeURIComponent(id)}`,
    endpoint: 'GET /v2/core/events/{id}',
  }),
  getAccount: (): StripeCall => ({ method: 'GET', path: '/v1/account', endpoint: 'GET /v1/account' }),
  /** 100 a page, newest first, from `createdGte` (s) on. */
  listCustomers: (query: { createdGte?: number; startingAfter?: string }): StripeCall => ({
    method: 'GET',
    path: `/v1/customers?${listQuery(query)}`,
    endpoint: 'GET /v1/customers',
  }),
  /** Those with this very e-mail, in its case. */
  listCustomersByEmail: (email: string): StripeCall => ({
    method: 'GET',
    path: `/v1/customers?limit=100&email=${encodeURIComponent(email)}`,
    endpoint: 'GET /v1/customers',
  }),
  listWebhookEndpoints: (query: { startingAfter?: string }): StripeCall => ({
    method: 'GET',
    path: `/v1/webhook_endpoints?${listQuery(query)}`,
    endpoint: 'GET /v1/webhook_endpoints',
  }),
  createWebhookEndpoint: (form: StripeCall['form'] & object): StripeCall => ({
    method: 'POST',
    path: '/v1/webhook_endpoints',
    endpoint: 'POST /v1/webhook_endpoints',
    form,
  }),
  updateWebhookEndpoint: (id: string, form: StripeCall['form'] & object): StripeCall => ({
    method: 'POST',
    path: `/v1/webhook_endpoints/${encodeURIComponent(id)}`,
    endpoint: 'POST /v1/webhook_endpoints/{id}',
    form,
  }),
  /** 100 a page, newest first, from `createdGte` (s) on; `type` may be one name or a pattern such as `customer.*`. */
  listEvents: (query: { createdGte?: number; startingAfter?: string; type?: string }): StripeCall => ({
    method: 'GET',
    path: `/v1/events?${listQuery(query)}`,
    endpoint: 'GET /v1/events',
  }),
}

function listQuery(query: { createdGte?: number; startingAfter?: string; type?: string }): string {
  const parts = ['limit=100']
  if (query.createdGte !== undefined) parts.push(`created[gte]=${query.createdGte}`)
  if (query.type !== undefined) parts.push(`type=${encodeURIComponent(query.type)}`)
  if (query.startingAfter !== undefined)
    parts.push(`starting_after=${encodeURIComponent(query.startingAfter)}`)
  return parts.join('&')
}
