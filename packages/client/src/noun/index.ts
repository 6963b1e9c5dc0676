// Owns the words of a system that speaks of nouns and verbs: `Customer.create`, `find`, `get`, `update`, `delete`, with
// hooks before (`creating`) and after (`created`) each verb.
// Promises: a hook before a verb may change what is about to be done, or refuse it by throwing; one after `create` runs
// once the Stripe customer exists. Hooks live in this process, with this connection.

import type { Lockstep } from '../client.ts'
import { LockstepError, NotFoundError } from '../errors.ts'
import type { Customer as Answered } from '../generated/api.ts'

/** A customer in these words. */
export interface CustomerNoun {
  $id: string
  $type: 'Customer'
  name: string | null
  email: string | null
  organization: string | null
  contact: string | null
  stripeCustomerId: string | null
  currency: string | null
  taxExempt: string
}

/** What makes one: name and e-mail are needed. `$id` is a key of the caller's own. */
export interface NewCustomerNoun {
  $id?: string
  name: string
  email: string
  organization?: string
  contact?: string
  currency?: string
  taxExempt?: string
}

export type CustomerChangeNoun = Partial<Omit<NewCustomerNoun, '$id'>>
export type CustomerFilterNoun = Partial<
  Pick<CustomerNoun, 'currency' | 'email' | 'stripeCustomerId'> & { limit: number }
>

/** What hooks are given beside the customer. */
export interface Nouns {
  Customer: CustomerVerbs
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
  get: (id: string) => Promise<CustomerNoun | null>
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
      return await after(created, nounOf(made))
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
    async get(id) {
      try {
        return nounOf(await read(api, id))
      } catch (error) {
        if (error instanceof NotFoundError) return null
        throw error
      }
    },
    async update(id, given) {
      const { $id, ...change } = await before(updating, { ...given, $id: id })
      const { id: known } = await read(api, $id)
      return await after(updated, nounOf(await api.customers.update(known, ours(change))))
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
async function read(api: Lockstep, id: string): Promise<Answered> {
  const isOurs = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
  return isOurs ? await api.customers.get(id) : await api.customers.getByKey(id)
}

function notBuilt(noun: string): NotBuilt {
  const refuse = async (): Promise<never> => {
    throw new LockstepError(`${noun} belongs to the sales side, which is not built: keep it where it is`)
  }
  return { get: refuse, find: refuse, create: refuse }
}

function ours({ name, email, organization, contact, currency, taxExempt }: CustomerChangeNoun) {
  return {
    ...(name !== undefined && { name }),
    ...(email !== undefined && { email }),
    ...(organization !== undefined && { organization }),
    ...(contact !== undefined && { contact_id: contact }),
    ...(currency !== undefined && { currency }),
    ...(taxExempt !== undefined && { tax_exempt: exemption(taxExempt) }),
  }
}

function exemption(text: string): 'none' | 'exempt' | 'reverse' {
  if (text === 'none' || text === 'exempt' || text === 'reverse') return text
  throw new LockstepError('taxExempt must be none, exempt or reverse')
}

function nounOf(customer: Answered): CustomerNoun {
  return {
    $id: customer.id,
    $type: 'Customer',
    name: customer.name,
    email: customer.email,
    organization: customer.organization,
    contact: customer.contact_id,
    stripeCustomerId: customer.stripe_customer_id,
    currency: customer.currency,
    taxExempt: customer.tax_exempt,
  }
}
