/**
 * Owns a sandbox for one test file, the official client on it, and plain requests.
 * Promises: no latency and no limits unless a test asks for them; everything is closed after the file.
 */
import Stripe from 'stripe'
import { afterAll } from 'vitest'
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/index.ts'

/** A running sandbox with a client. */
export type TestSandbox = Sandbox & {
  readonly stripe: Stripe
  /** The official client with another key or configuration. */
  client(key?: string, config?: Stripe.StripeConfig): Stripe
  /** A plain request to the API; the body is sent as it is. */
  request(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Answer>
  /** A request to a door. */
  door(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; json: Record<string, unknown> }>
}

/** An answer with its JSON, and the text that this is. */
export type Answer = {
  status: number
  headers: Headers
  text: string
  json: Record<string, unknown>
  error: Record<string, unknown>
}

/** Starts a sandbox that the present test file owns. */
export async function testSandbox(options: SandboxOptions = {}): Promise<TestSandbox> {
  const sandbox = await startSandbox({ latency: 0, limits: 'off', ...options })
  afterAll(() => sandbox.close())
  const client = (key = 'sk_test_lockstep', config: Stripe.StripeConfig = {}) =>
    new Stripe(key, {
      host: sandbox.host,
      port: sandbox.port,
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
      ...config,
    })
  return {
    ...sandbox,
    stripe: client(),
    client,
    async request(method, path, body, headers = {}) {
      const response = await fetch(sandbox.url + path, {
        method,
        redirect: 'manual',
        ...(body === undefined ? {} : { body }),
        headers: {
          Authorization: 'Bearer sk_test_lockstep',
          ...(body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' }),
          ...headers,
        },
      })
      const text = await response.text()
      const json = record(JSON.parse(text))
      const error = record(json['error'] ?? {})
      return { status: response.status, headers: response.headers, text, json, error }
    },
    async door(method, path, body) {
      const response = await fetch(`${sandbox.url}/_sandbox${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: response.status, json: record(await response.json()) }
    },
  }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error('not a JSON object')
  // Neither null nor a scalar: members can be read by name, and stay unknown.
  return value as Record<string, unknown>
}

/** The error that a call of the official client ends with; fails if it does not. */
export async function failureOf(call: Promise<unknown>): Promise<Stripe.errors.StripeError> {
  try {
    await call
  } catch (error) {
    if (error instanceof Stripe.errors.StripeError) return error
    throw error
  }
  throw new Error('the call succeeded')
}
