// Owns the words of a system that speaks of nouns and verbs: `Customer.create`, `find`, `get`, `update`, `delete`, with
// hooks before (`creating`) and after (`created`) each verb.
// Promises: a hook before a verb may change what is about to be done, or refuse it by throwing; one after `create` runs
// once the Stripe customer exists. Hooks live in this process, with this connection.

import type { Lockstep } from '../client.ts'
import { LockstepError, NotFoundError } from '../errors.ts'
import type { AcceptedEvent, CustomerWithIncluded, Subscription } from '../generated/api.ts'
import {
  type CustomerChangeNoun,
  type CustomerFilterNoun,
  type CustomerNoun,
  type IncludedName,
  type NewCustomerNoun,
  type NewEventNoun,
  type NewSubscriptionNoun,
  nounOf,
  ours,
} from './customer-noun.ts'

export type {
  CustomerChangeNoun,
  CustomerFilterNoun,
  CustomerNoun,
  IncludedName,
  NewCustomerNoun,
  NewEventNoun,
  NewSubscriptionNoun,
} from './customer-noun.ts'

/** What hooks are given beside the customer. */
export interface Nouns {
  Customer: CustomerVerbs
  Event: { create: (event: NewEventNoun) => Promise<AcceptedEvent> }
  Subscription: { create: (subscription: NewSubscriptionNoun) => Promise<Subscription> }
  Contact: NotBuilt
  Organization: NotBuilt
  Deal: NotBuilt
}

/** Nouns of the sales side: named here so that a call says what is missing. */
export interface NotBuilt {
  get: () => Promise<never>
  find: () => Promise<never>
  create: () => Promise<never>
}

type Before<Input> = (input: Input, $: Nouns) => Input | void | Promise<Input | void>
type After = (customer: CustomerNoun, $: Nouns) => unknown

/** The verbs, and the hooks around them. Each hook's return value takes the hook away again. */
export interface CustomerVerbs {
  create: (input: NewCustomerNoun) => Promise<CustomerNoun>
  find: (filter?: CustomerFilterNoun) => Promise<CustomerNoun[]>
  /** null where there is none. */
  get: (id: string, options?: { include?: IncludedName[] }) => Promise<CustomerNoun | null>
  update: (id: string, change: CustomerChangeNoun) => Promise<CustomerNoun>
  /** Softly: the Stripe customer stays. */
  delete: (id: string) => Promise<CustomerNoun>
  creating: (hook: Before<NewCustomerNoun>) => () => void
  created: (hook: After) => () => void
  updating: (hook: Before<CustomerChangeNoun & { $id: string }>) => () => void
  updated: (hook: After) => () => void
  deleting: (hook: Before<{ $id: string }>) => () => void
  deleted: (hook: After) => () => void
}

/** The nouns over a client. */
export function connect(api: Lockstep): { Customer: CustomerVerbs; $: Nouns } {
  const creating = hooks<Before<NewCustomerNoun>>()
  const created = hooks<After>()
  const updating = hooks<Before<CustomerChangeNoun & { $id: string }>>()
  const updated = hooks<After>()
  const deleting = hooks<Before<{ $id: string }>>()
  const deleted = hooks<After>()

  const Customer: CustomerVerbs = {
    async create(given) {
      const input = await before(creating, given)
      for (const field of ['name', 'email'] as const) {
        if (typeof input[field] !== 'string' || input[field] === '')
          throw new LockstepError(`${field} is required`)
      }
      const { $id, ...rest } = input
      const made = await api.customers.create(
        { ...($id !== undefined && { key: $id }), ...ours(rest) },
        { untilSynced: true },
      )
      return await after(created, await paidBy(api, nounOf(made), rest.paymentMethod))
    },
    async find(filter = {}) {
      const { stripeCustomerId, currency, email, limit } = filter
      const found: CustomerNoun[] = []
      const query = {
        ...(stripeCustomerId != null && { stripe_customer_id: stripeCustomerId }),
        ...(currency != null && { currency }),
        ...(email != null && { email }),
      }
      for await (const customer of api.customers.list(query)) {
        found.push(nounOf(customer))
        if (limit !== undefined && found.length >= limit) break
      }
      return found
    },
    async get(id, { include = [] } = {}) {
      try {
        return nounOf(await read(api, id, include))
      } catch (error) {
        if (error instanceof NotFoundError) return null
        throw error
      }
    },
    async update(id, given) {
      const { $id, ...change } = await before(updating, { ...given, $id: id })
      const { id: known } = await read(api, $id)
      const changed = nounOf(await api.customers.update(known, ours(change)))
      return await after(updated, await paidBy(api, changed, change.paymentMethod))
    },
    async delete(id) {
      const { $id } = await before(deleting, { $id: id })
      const { id: known } = await read(api, $id)
      return await after(deleted, nounOf(await api.customers.delete(known)))
    },
    creating: creating.add,
    created: created.add,
    updating: updating.add,
    updated: updated.add,
    deleting: deleting.add,
    deleted: deleted.add,
  }
  const $: Nouns = {
    Customer,
    Event: { create: async (event) => await api.events.create(event) },
    Subscription: {
      async create({ customer, plan }) {
        const { id } = await read(api, customer)
        return await api.billing.createSubscription(id, { items: [{ price: plan }] })
      },
    },
    Contact: notBuilt('Contact'),
    Organization: notBuilt('Organization'),
    Deal: notBuilt('Deal'),
  }
  return { Customer, $ }

  async function before<Input>(chain: Hooks<Before<Input>>, given: Input): Promise<Input> {
    let input = given
    for (const hook of chain.all()) input = (await hook(input, $)) ?? input
    return input
  }
  async function after(chain: Hooks<After>, customer: CustomerNoun): Promise<CustomerNoun> {
    for (const hook of chain.all()) await hook(customer, $)
    return customer
  }
}

interface Hooks<Hook> {
  add: (hook: Hook) => () => void
  all: () => Hook[]
}

function hooks<Hook>(): Hooks<Hook> {
  const known = new Set<Hook>()
  return {
    add(hook) {
      known.add(hook)
      return () => void known.delete(hook)
    },
    all: () => [...known],
  }
}

/** By our id, else by the caller's key (`customer_…`). */
async function read(
  api: Lockstep,
  id: string,
  include: readonly IncludedName[] = [],
): Promise<CustomerWithIncluded> {
  const isOurs = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
  const query = include.length > 0 ? { include: include.join(',') } : {}
  return await (isOurs ? api.customers.get(id, query) : api.customers.getByKey(id, query))
}

/** Attached (`pm_card_visa` becomes a method of its own) and made the default. */
async function paidBy(
  api: Lockstep,
  customer: CustomerNoun,
  paymentMethod: string | undefined,
): Promise<CustomerNoun> {
  if (paymentMethod === undefined) return customer
  const { id } = await api.billing.attachPaymentMethod(customer.$id, { payment_method: paymentMethod })
  await api.billing.setDefaultPaymentMethod(customer.$id, { payment_method: id })
  return { ...customer, paymentMethod: id }
}

function notBuilt(noun: string): NotBuilt {
  const refuse = async (): Promise<never> => {
    throw new LockstepError(`${noun} belongs to the sales side, which is not built: keep it where it is`)
  }
  return { get: refuse, find: refuse, create: refuse }
}
