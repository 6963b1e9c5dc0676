/**
 * Owns the terms that a subscription is made or changed on: its trial, its end, and how it is collected.
 * Promises: pure but for the time; what contradicts itself, or lies in the past, is refused before anything is made.
 */
import { badRequest, notSimulated, pastTime } from '../../http/stripe-error.ts'
import type { Params } from '../../params/param.ts'
import { hash, integer, text } from '../../params/read.ts'
import { checkTime } from './clock/billing-time.ts'
import type { Subscription } from './subscription-object.ts'

const daySeconds = 86_400
/** A trial ends at most two years after it began, as Stripe documents (days). */
const trialMaxDays = 730

/** When the trial of a new subscription ends (seconds); null without one. */
export function readTrialEnd(fields: Params, now: number): number | null {
  const days = integer(fields, 'trial_period_days')
  const end = text(fields, 'trial_end')
  if (days !== undefined && days > trialMaxDays) {
    throw badRequest(`Invalid integer: trial_period_days can be at most ${trialMaxDays}.`, {
      param: 'trial_period_days',
    })
  }
  if (days !== undefined) return days > 0 ? now + days * daySeconds : null
  if (!end || end === 'now') return null
  const seconds = futureTime(end, 'trial_end', now, 'an integer or now')
  if (seconds > now + trialMaxDays * daySeconds)
    throw badRequest('trial_end can be at most two years in the future.', { param: 'trial_end' })
  return seconds
}

/** What happens when a trial ends and nobody can be charged. Throws 400 for what is not simulated. */
export function readTrialSettings(fields: Params): Subscription['trial_settings'] {
  const behavior = hash(hash(fields, 'trial_settings') ?? {}, 'end_behavior') ?? {}
  const missing = text(behavior, 'missing_payment_method') ?? 'create_invoice'
  if (missing === 'pause') {
    throw notSimulated('Pausing a subscription', 'trial_settings[end_behavior][missing_payment_method]')
  }
  return { end_behavior: { billing_cycle_anchor: null, missing_payment_method: missing } }
}

/** When a subscription is to end: a time, or a word for the end of its period. Null takes it back; undefined says nothing of it. */
export function readCancelAt(fields: Params, now: number, periodEnd: number): number | null | undefined {
  const at = text(fields, 'cancel_at')
  if (at === undefined || at === null) return at
  // All items of a subscription have one period here, so the first to end and the last are the same.
  if (at === 'min_period_end' || at === 'max_period_end') return periodEnd
  if (at === 'max_billed_until') throw notSimulated('cancel_at=max_billed_until', 'cancel_at')
  return futureTime(at, 'cancel_at', now, 'an integer, min_period_end or max_period_end')
}

function futureTime(given: string, param: string, now: number, forms: string): number {
  if (!/^-?\d{1,15}$/.test(given))
    throw badRequest(`Invalid timestamp: ${given.slice(0, 30)}; must be ${forms}`, { param })
  const seconds = Number(given)
  if (seconds <= now) throw pastTime(param, seconds)
  checkTime(seconds, param)
  return seconds
}

/** How a subscription is collected. The texts are recorded. */
export function readCollection(
  fields: Params,
  before: Pick<Subscription, 'collection_method' | 'days_until_due'>,
): Pick<Subscription, 'collection_method' | 'days_until_due'> {
  const given = text(fields, 'collection_method')
  const sends = (given ?? before.collection_method) === 'send_invoice'
  const days = integer(fields, 'days_until_due')
  if (!sends && days !== undefined) {
    throw badRequest("You can only specify 'days_until_due' if invoice collection method is 'send_invoice'.")
  }
  if (!sends) return { collection_method: 'charge_automatically', days_until_due: null }
  const due = days ?? before.days_until_due
  if (due === null) {
    throw badRequest("If invoice collection method is 'send_invoice', you must specify 'days_until_due'.")
  }
  return { collection_method: 'send_invoice', days_until_due: due }
}
