/**
 * Owns what is kept of a webhook endpoint.
 * Promises: the secret is kept apart from the object, so that no answer but that of the create can show it.
 */
import type { Metadata } from '../json.ts'
import type { TableKey } from '../state/table.ts'

/** A webhook endpoint as the API shows it. */
export type WebhookEndpoint = {
  readonly id: string
  readonly object: 'webhook_endpoint'
  readonly api_version: string | null
  readonly application: null
  readonly created: number
  readonly description: string | null
  readonly enabled_events: readonly string[]
  readonly livemode: boolean
  readonly metadata: Metadata
  readonly status: 'enabled' | 'disabled'
  readonly url: string
}

/** The table of endpoints. */
export const webhookEndpoints: TableKey<WebhookEndpoint> = { name: 'webhook_endpoints' }

/** Secrets of an endpoint; a rolled one lives until `until` (milliseconds on the sandbox's clock). */
export type WebhookSecrets = {
  readonly id: string
  readonly secrets: readonly { readonly secret: string; readonly until: number | null }[]
}

/** The table of secrets, by the endpoint's id. */
export const webhookSecrets: TableKey<WebhookSecrets> = { name: 'webhook_secrets' }
