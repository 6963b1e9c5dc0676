// Owns the words of a service that hands out Stripe customers: methods by Stripe's id, users that have one.
// Promises: what comes back is in Stripe's form and is at Stripe already; nothing is created twice for one e-mail; a
// deletion is one at Stripe.

import type { Lockstep } from '../client.ts'
import { ApiError, ConflictError, LockstepError, NotFoundError } from '../errors.ts'
import type { Customer } from '../generated/api.ts'

/** A user's data, for a new customer. */
export interface ICreateCustomerDto {
  email: string
  name?: string
  phone?: string
  metadata?: Record<string, string>
}
export type ICreateCustomerData = ICreateCustomerDto

/** What changes. */
export type IUpdateCustomerDto = Partial<ICreateCustomerDto>
export type IUpdateCustomerData = IUpdateCustomerDto

/** A user of the caller's own system, as far as it concerns billing. */
export interface IUser {
  id: string
  email: string
  name?: string
  phone?: string
  metadata?: Record<string, string>
  stripeCustomerId?: string
}

/** Where the caller keeps its users. */
export interface UserSource {
  /** null where there is no such user, or none any more. */
  read: (userId: string) => Promise<IUser | null>
}

/** A customer in Stripe's form, with the members that are kept in step. */
export interface StripeCustomer {
  id: string
  object: 'customer'
  email: string | null
  name: string | null
  phone: string | null
  description: string | null
  address: Customer['billing_address']
  shipping: Customer['shipping']
  balance: number
  currency: string | null
  delinquent: boolean
  preferred_locales: string[]
  tax_exempt: string
  metadata: Record<string, string>
  /** Seconds since the epoch. */
  created: number
}

/** What is left of a deleted one. */
export interface DeletedStripeCustomer {
  id: string
  object: 'customer'
  deleted: true
}

/** No such customer or user. */
export class CustomerNotFoundError extends Error {
  override name = 'CustomerNotFoundError'
}
/** Another customer has this e-mail. */
export class DuplicateCustomerError extends Error {
  override name = 'DuplicateCustomerError'
}
/** The data is not valid, or the state forbids it; `code` says which. */
export class CustomerError extends Error {
  override name = 'CustomerError'
  readonly code: string

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Seconds that one question for a user's Stripe customer waits: less than the whole call may take. */
const ensureWait = 20

/** The service, over a client. With `users` it reads them where they are; else they come by `PUT /v1/users/{id}`. */
export class StripeCustomerService {
  readonly #api: Lockstep
  readonly #users: UserSource | null

  constructor(api: Lockstep, options: { users?: UserSource } = {}) {
    this.#api = api
    this.#users = options.users ?? null
  }

  /** Creates a customer, here and at Stripe. */
  async createCustomer(userData: ICreateCustomerData): Promise<StripeCustomer> {
    return await inTheirWords(async () => {
      return stripeForm(await this.#api.customers.create(userData, { untilSynced: true }))
    })
  }

  /** Changes what is given, here and at Stripe. `metadata` replaces what callers had set. */
  async updateCustomer(customerId: string, data: IUpdateCustomerData): Promise<StripeCustomer> {
    return await inTheirWords(async () => {
      const { id } = await this.#find(customerId)
      return stripeForm(await this.#api.customers.update(id, data, { untilSynced: true }))
    })
  }

  /** The customer with this id of Stripe. @throws CustomerNotFoundError */
  async getCustomer(customerId: string): Promise<StripeCustomer> {
    return await inTheirWords(async () => stripeForm(await this.#find(customerId)))
  }

  /** The customer with this e-mail; null where there is none at Stripe. */
  async getCustomerByEmail(email: string): Promise<StripeCustomer | null> {
    return await inTheirWords(async () => {
      try {
        const found = await this.#api.customers.getByEmail(email)
        return found.stripe_customer_id === null ? null : stripeForm(found)
      } catch (error) {
        if (error instanceof NotFoundError) return null
        throw error
      }
    })
  }

  /** Deletes the customer at Stripe, for good; what stays here is a mark that it was. */
  async deleteCustomer(customerId: string): Promise<DeletedStripeCustomer> {
    return await inTheirWords(async () => {
      const { id, state } = await this.#find(customerId)
      if (state === 'active' || state === 'suspended') await this.#api.customers.archive(id)
      await this.#api.customers.purge(id)
      return { id: customerId, object: 'customer', deleted: true }
    })
  }

  /**
   * Lets the user's customer follow the user, at Stripe too; that of a user who is gone is archived. Without a source of
   * users, what is known here converges with Stripe. @throws CustomerNotFoundError where nobody knows the user
   */
  async syncCustomerWithUser(userId: string): Promise<void> {
    await inTheirWords(async () => {
      if (!this.#users) {
        const { customer_id } = await this.#api.users.get(userId)
        return await this.#api.customers.resync(customer_id, { untilSynced: true })
      }
      const user = await this.#users.read(userId)
      return await (user ? this.#register(user) : this.#api.users.delete(userId, { untilSynced: true }))
    })
  }

  /**
   * Stripe's id of the user's customer, which is made where there is none: one for each user, however many ask.
   * @throws CustomerNotFoundError where nobody knows the user
   */
  async ensureCustomerExists(userId: string): Promise<string> {
    return await inTheirWords(async () => {
      const told = await this.#ensured(userId)
      if (told !== null) return told
      throw new LockstepError('the customer is accepted and not at Stripe yet: ask again')
    })
  }

  async #ensured(userId: string): Promise<string | null> {
    try {
      return (await this.#api.users.ensureCustomer(userId, { wait: ensureWait })).stripe_customer_id
    } catch (error) {
      const user = error instanceof NotFoundError ? await this.#users?.read(userId) : null
      if (!user) throw error
      await this.#register(user)
      return (await this.#api.users.ensureCustomer(userId, { wait: ensureWait })).stripe_customer_id
    }
  }

  async #register({ id, email, name, phone, metadata }: IUser): Promise<unknown> {
    const profile = {
      email,
      ...(name !== undefined && { name }),
      ...(phone !== undefined && { phone }),
      ...(metadata && { metadata }),
    }
    return await this.#api.users.put(id, profile, { untilSynced: true })
  }

  async #find(customerId: string): Promise<Customer> {
    const { data } = await this.#api.customers.list({ stripe_customer_id: customerId, limit: 1 })
    const [found] = data
    if (!found) throw new CustomerNotFoundError('no customer has this id of Stripe')
    return found
  }
}

function stripeForm(customer: Customer): StripeCustomer {
  if (customer.stripe_customer_id === null) throw new LockstepError('the customer has no Stripe customer')
  // Values that are no text stay here, or travel as JSON text; Stripe's form has text alone.
  const texts = Object.entries(customer.metadata).map(([name, value]) => {
    return [name, typeof value === 'string' ? value : JSON.stringify(value)] as const
  })
  return {
    id: customer.stripe_customer_id,
    object: 'customer',
    email: customer.email,
    name: customer.name,
    phone: customer.phone,
    description: customer.description,
    address: customer.billing_address,
    shipping: customer.shipping,
    balance: customer.balance.amount,
    currency: customer.currency,
    delinquent: customer.delinquent,
    preferred_locales: customer.preferred_locales,
    tax_exempt: customer.tax_exempt,
    metadata: Object.fromEntries(texts),
    created: Math.floor(Date.parse(customer.created_at) / 1000),
  }
}

async function inTheirWords<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error instanceof NotFoundError) throw new CustomerNotFoundError('no such customer', { cause: error })
    if (error instanceof ConflictError && error.code === 'email_taken')
      throw new DuplicateCustomerError('another customer has this e-mail', { cause: error })
    throw new CustomerError(error.message, error.code, { cause: error })
  }
}
