// Owns the question "may this tenant's traffic flow, and through which client?": pause, account check and brake (G12).
// Promises: no call leaves with a key that this process has not checked by GET /v1/account to belong to the tenant's
// account and mode; a key that is refused, or that turns out to be another account's, pauses the tenant and changes
// nothing; more archives, unlinks and overwrites in an hour than the stated share pause it too; a
// tenant that only observes has nothing but reads sent for it.

import type { Clock } from '@lockstep/domain/clock/clock'
import { bug } from '@lockstep/domain/error/catalogue'
import type { Store } from '@lockstep/domain/store/store'
import type { Pause, Tenant } from '@lockstep/domain/store/tenant'
import type { Policy } from '@lockstep/domain/sync/merge'
import { fieldOf } from '@lockstep/domain/sync/canonical'
import type { Budget } from '@lockstep/domain/stripe/budget'
import { type StripeHttp, stripeCalls } from '@lockstep/domain/stripe/stripe-http'
import { z } from 'zod'
import type { LogEvent } from './log-events.ts'
import { paced, type PacedStripe } from './paced-stripe.ts'

/** open: go on; `observing`: reads alone. paused: a person must lift it. away: Stripe did not answer the check; later. */
export type Passage =
  | { kind: 'open'; tenant: Tenant; observing: boolean; stripe: PacedStripe }
  | { kind: 'paused' }
  | { kind: 'away' }

export interface TenantGate {
  /** This process holds the tenant's Stripe key. */
  serves(tenantId: string): boolean
  tenant(tenantId: string): Promise<Tenant>
  outbound(tenantId: string): Promise<Passage>
  policyOf(tenant: Tenant): (leaf: string) => Policy
  /**
   * After an unexpected 401, 403 or 404: `same` only if the key is still this account's; else the tenant is paused.
   * `forbidden` is the call that the key may not make: right account or not, every customer would meet that, so it pauses.
   */
  recheck(tenantId: string, forbidden?: string): Promise<'same' | 'paused' | 'away'>
  /** Before an archive, unlink or overwrite: false when the hour's share is spent; then the tenant is paused. */
  brake(tenantId: string, count?: number): Promise<boolean>
}

/** A tenant's way to Stripe in this process. */
export interface TenantStripe {
  http: StripeHttp
  livemode: boolean
  /** The account that the operator named; null: the first checked key binds. */
  account: string | null
  budgetFor(account: string): Budget
}

export interface GateOptions {
  store: Store
  clock: Clock
  stripeFor(tenantId: string): TenantStripe | null
  brake: { share: number; least: number }
  log(event: LogEvent): void
}

/** How long a tenant's record is trusted: a pause takes hold within this (ms). */
export const trustedMs = 1000
const linkedTrustedMs = 60_000
const hourMs = 3_600_000
const accountBody = z.object({ id: z.string() })

export function openTenantGate(options: GateOptions): TenantGate {
  const { store, clock } = options
  const tenants = new Map<string, { tenant: Promise<Tenant>; until: number }>()
  const linked = new Map<string, { count: number; until: number }>()
  const checked = new Map<string, string>()
  const checking = new Map<string, Promise<'same' | 'paused' | 'away'>>()

  /** One read for all who ask while it is under way. */
  async function tenantOf(tenantId: string): Promise<Tenant> {
    const known = tenants.get(tenantId)
    if (known && known.until > clock.now()) return known.tenant
    const asked = { tenant: readTenant(tenantId), until: clock.now() + trustedMs }
    tenants.set(tenantId, asked)
    try {
      return await asked.tenant
    } catch (error) {
      if (tenants.get(tenantId) === asked) tenants.delete(tenantId)
      throw error
    }
  }

  async function readTenant(tenantId: string): Promise<Tenant> {
    const tenant = await store.readTenant(tenantId)
    if (!tenant) throw bug(`no tenant ${tenantId}`)
    return tenant
  }

  async function change(tenantId: string, decide: (tenant: Tenant) => Tenant): Promise<Tenant> {
    for (;;) {
      const tenant = await readTenant(tenantId)
      const next = decide(tenant)
      if (next === tenant || (await store.replaceTenant(next)).kind === 'ok') {
        tenants.delete(tenantId)
        return next
      }
    }
  }

  async function pause(tenantId: string, reason: Pause['reason'], detail: string): Promise<void> {
    options.log({ event: 'tenant_paused', tenant: tenantId, reason, detail })
    const at = clock.now()
    const why: Pause = { reason, detail, at }
    // The first reason is the one that a person must see.
    await change(tenantId, (tenant) => ({
      ...tenant,
      paused_outbound: tenant.paused_outbound ?? why,
      paused_inbound: reason === 'key_refused' ? tenant.paused_inbound : (tenant.paused_inbound ?? why),
      braked_at: reason === 'brake' && !tenant.paused_outbound ? at : tenant.braked_at,
    }))
  }

  async function askAccount(tenantId: string): Promise<'same' | 'paused' | 'away'> {
    const stripe = mustHave(options.stripeFor(tenantId), tenantId)
    const tenant = await tenantOf(tenantId)
    const expected = tenant.account ?? stripe.account
    if (tenant.livemode !== stripe.livemode) {
      await pause(
        tenantId,
        'wrong_mode',
        `the key is for ${stripe.livemode ? 'live' : 'test'} mode, the tenant for the other`,
      )
      return 'paused'
    }
    // Nobody calls for a tenant that is not bound yet, so this one call can be none too many.
    const ask = stripeCalls.getAccount()
    const answer =
      expected === null
        ? await stripe.http.call(ask)
        : await paced(stripe.http, stripe.budgetFor(expected)).call(ask, 'live')
    if (answer.kind === 'refused') {
      await pause(tenantId, 'key_refused', `GET /v1/account: ${answer.status} ${answer.code}`)
      return 'paused'
    }
    if (answer.kind !== 'ok') return 'away'
    const account = accountBody.parse(answer.body).id
    if (expected !== null && expected !== account) {
      await pause(tenantId, 'wrong_account', `the key belongs to ${account}, the tenant to ${expected}`)
      return 'paused'
    }
    if (tenant.account === null) {
      const bound = await change(tenantId, (now) => (now.account === null ? { ...now, account } : now))
      if (bound.account !== account) return askAccount(tenantId)
      options.log({ event: 'account_bound', tenant: tenantId, account })
    }
    checked.set(tenantId, account)
    return 'same'
  }

  /** Many lanes that meet a doubt at once ask once. */
  function recheck(tenantId: string): Promise<'same' | 'paused' | 'away'> {
    const running = checking.get(tenantId)
    if (running) return running
    checked.delete(tenantId)
    const asked = askAccount(tenantId).finally(() => checking.delete(tenantId))
    checking.set(tenantId, asked)
    return asked
  }

  return {
    serves: (tenantId) => options.stripeFor(tenantId) !== null,
    tenant: tenantOf,
    async recheck(tenantId, forbidden) {
      const account = await recheck(tenantId)
      if (account !== 'same' || forbidden === undefined) return account
      await pause(tenantId, 'key_refused', forbidden)
      return 'paused'
    },
    async outbound(tenantId) {
      // Another worker holds this tenant's key: here its way to Stripe is closed.
      if (!options.stripeFor(tenantId)) return { kind: 'paused' }
      const tenant = await tenantOf(tenantId)
      if (tenant.paused_outbound) return { kind: 'paused' }
      if (checked.get(tenantId) === undefined) {
        const answer = await recheck(tenantId)
        if (answer !== 'same') return { kind: answer }
      }
      const account = checked.get(tenantId)
      if (account === undefined) return { kind: 'away' }
      const stripe = mustHave(options.stripeFor(tenantId), tenantId)
      const now = await tenantOf(tenantId)
      const observing = now.observe_only === true
      const http = observing ? readingOnly(stripe.http) : stripe.http
      return { kind: 'open', tenant: now, observing, stripe: paced(http, stripe.budgetFor(account)) }
    },
    policyOf: (tenant) => (leaf) =>
      tenant.policy_by_field.find(({ field }) => field === fieldOf(leaf))?.policy ?? tenant.policy,
    async brake(tenantId, count = 1) {
      const now = clock.now()
      const { paused_outbound: standing, braked_at: lifted } = await tenantOf(tenantId)
      if (standing?.reason === 'brake') return false
      let known = linked.get(tenantId)
      if (!known || known.until < now) {
        known = { count: await store.countLinked(tenantId), until: now + linkedTrustedMs }
        linked.set(tenantId, known)
      }
      const allowed = Math.max(options.brake.least, Math.ceil(options.brake.share * known.count))
      let soFar = 0
      for (let i = 0; i < count; i++) {
        soFar = await store.countBrake(tenantId, Math.floor(now / hourMs), lifted ?? 0)
      }
      if (soFar <= allowed) return true
      await pause(tenantId, 'brake', `more than ${allowed} archives, unlinks or overwrites within the hour`)
      return false
    },
  }
}

function mustHave(stripe: TenantStripe | null, tenantId: string): TenantStripe {
  if (!stripe) throw bug(`no Stripe key is configured for tenant ${tenantId}`)
  return stripe
}

/** The last wall: whatever a lane would do, nothing is sent for a tenant that only observes. */
function readingOnly(http: StripeHttp): StripeHttp {
  return {
    async call(call) {
      if (call.method !== 'GET') throw bug(`a write (${call.endpoint}) for a tenant that only observes`)
      return http.call(call)
    },
  }
}
