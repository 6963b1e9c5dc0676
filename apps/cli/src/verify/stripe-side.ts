// Owns reading Stripe's side for a comparison: the account, a page of living customers, one customer.
// Promises: a call that Stripe is too busy for is made again, patiently and not for ever; what it never answered ends
// as StripeUnreachable, so that a comparison is whole or is none.

import type { Clock } from '@lockstep/domain/clock/clock'
import type { OtherSide } from '@lockstep/domain/reconciliation/difference'
import {
  type CustomerPage,
  parseCustomerPage,
  parseStripeCustomer,
} from '@lockstep/domain/stripe/customer-object'
import {
  type StripeAnswer,
  type StripeCall,
  stripeCalls,
  type StripeHttp,
} from '@lockstep/domain/stripe/stripe-http'
import { z } from 'zod'

/** Stripe did not answer, or not with what was asked for. */
export class StripeUnreachable extends Error {
  constructor(what: string) {
    super(`Stripe: ${what}`)
    this.name = 'StripeUnreachable'
  }
}

/** Stripe does not take the key. */
export class KeyRefused extends Error {
  constructor(status: number, code: string) {
    super(`Stripe refuses the key: ${status} ${code}. See STRIPE_SECRET_KEY`)
    this.name = 'KeyRefused'
  }
}

export interface StripeSide {
  /** `acct_…` of the key. @throws KeyRefused, StripeUnreachable */
  account(): Promise<string>
  /** A hundred living customers, newest first, from behind this one on. @throws KeyRefused, StripeUnreachable */
  page(after: string | null): Promise<CustomerPage>
  /** One customer as it is now. @throws KeyRefused, StripeUnreachable */
  customer(id: string): Promise<OtherSide>
}

/** Five waits of 0.5, 1, 1.5 … s outlast a busy stretch and a restart of the sandbox; more is an outage. */
const triesMax = 6
const waitMs = 500

const accountBody = z.object({ id: z.string() })

/** Stripe through `http`, which may be paced. */
export function openStripeSide(options: { http: StripeHttp; clock: Clock }): StripeSide {
  const patient = async (call: StripeCall): Promise<StripeAnswer> => {
    for (let tries = 1; ; tries++) {
      const answer = await options.http.call(call)
      if (answer.kind === 'ok' || answer.kind === 'refused' || tries === triesMax) return answer
      await options.clock.sleep(tries * waitMs)
    }
  }
  return {
    async account() {
      return accountBody.parse(bodyOf(await patient(stripeCalls.getAccount()))).id
    },
    async page(after) {
      const cursor = after === null ? {} : { startingAfter: after }
      return parseCustomerPage(bodyOf(await patient(stripeCalls.listCustomers(cursor))))
    },
    async customer(id) {
      const answer = await patient(stripeCalls.getCustomer(id))
      if (answer.kind === 'refused' && answer.status === 404) return { kind: 'absent' }
      const seen = parseStripeCustomer(bodyOf(answer))
      if (seen.kind === 'deleted') return { kind: 'deleted' }
      return { kind: 'living', customer: seen.customer }
    },
  }
}

function bodyOf(answer: StripeAnswer): unknown {
  if (answer.kind !== 'ok') throw failure(answer)
  return answer.body
}

function failure(answer: StripeAnswer): Error {
  switch (answer.kind) {
    case 'ok':
      return new Error('bug: an answer is no failure')
    case 'refused':
      return [401, 403].includes(answer.status)
        ? new KeyRefused(answer.status, answer.code)
        : new StripeUnreachable(`answered ${answer.status} ${answer.code}`)
    case 'busy':
      return new StripeUnreachable(`too busy (${answer.status} ${answer.reason ?? ''})`)
    case 'stored_500':
      return new StripeUnreachable('answered 500')
    case 'silence':
      return new StripeUnreachable('no answer')
  }
}
