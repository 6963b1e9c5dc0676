/** Owns portal configurations and sessions as objects, with every member at 2026-10-28.endive. */
import type { JsonObject, Metadata } from '../../../json.ts'
import type { TableKey } from '../../../state/table.ts'

/** What the portal lets a customer do. */
export type PortalFeatures = {
  readonly customer_update: { readonly allowed_updates: readonly string[]; readonly enabled: boolean }
  readonly invoice_history: { readonly enabled: boolean }
  readonly payment_method_update: {
    readonly enabled: boolean
    readonly payment_method_configuration: null
  }
  readonly subscription_cancel: {
    readonly cancellation_reason: {
      readonly enabled: boolean
      readonly feedback_options: null
      readonly options: readonly string[]
    }
    readonly enabled: boolean
    readonly mode: string
    readonly proration_behavior: string
  }
  readonly subscription_pause: JsonObject
  readonly subscription_update: JsonObject
}

/** A configuration as the API shows it. */
export type PortalConfiguration = {
  readonly id: string
  readonly object: 'billing_portal.configuration'
  readonly active: boolean
  readonly application: null
  readonly business_profile: {
    readonly headline: string | null
    readonly privacy_policy_url: string | null
    readonly terms_of_service_url: string | null
  }
  readonly created: number
  readonly default_return_url: string | null
  readonly features: PortalFeatures
  readonly is_default: boolean
  readonly livemode: boolean
  readonly login_page: { readonly enabled: false; readonly url: null }
  readonly metadata: Metadata
  readonly name: string | null
  readonly updated: number
}

/** The table of configurations. */
export const portalConfigurations: TableKey<PortalConfiguration> = { name: 'portal_configurations' }

/** A session as the API shows it. */
export type PortalSession = {
  readonly id: string
  readonly object: 'billing_portal.session'
  readonly configuration: string
  readonly created: number
  readonly customer: string
  readonly customer_account: null
  readonly flow: JsonObject | null
  readonly livemode: boolean
  readonly locale: string | null
  readonly on_behalf_of: null
  readonly return_url: string | null
  readonly url: string
}

/** What the page of a session needs; `id` is the secret in its address. Milliseconds on the sandbox's clock. */
export type PortalVisit = {
  readonly id: string
  readonly session: PortalSession
  readonly expires: number
}

/** The table of visits, by secret. */
export const portalVisits: TableKey<PortalVisit> = { name: 'portal_visits' }
