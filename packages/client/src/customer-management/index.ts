// Owns the words of a customer management service whose callers know a customer by its key: `displayName`,
// `externalBillingId`, archive before delete. Each method is one or two calls of the API.
// Promises: its errors are the four that such callers catch; `deleteCustomer` removes for good, and only what was
// archived before and nothing blocks.

import type { CallOptions } from '../api-call.ts'
import type { Lockstep } from '../client.ts'
import {
  ApiError,
  ConflictError as ApiConflict,
  NotFoundError as ApiNotFound,
  ValidationError as ApiInvalid,
} from '../errors.ts'
import type { Customer } from '../generated/api.ts'

/** A customer to be. */
export interface CreateCustomerDto {
  /** Immutable, 1–255 characters. */
  key: string
  displayName?: string
  email?: string
  externalBillingId?: string
  metadata?: Record<string, unknown>
}

/** What changes; `metadata` replaces what was there. */
export type UpdateCustomerDto = Partial<Omit<CreateCustomerDto, 'key'>>

/** Which customers, in which order. */
export interface CustomerFilterDto {
  status?: 'active' | 'archived' | 'suspended'
  /** Begins the key, the name or the e-mail. */
  search?: string
  sortBy?: 'displayName' | 'key' | 'createdAt'
  sortOrder?: 'asc' | 'desc'
  /** 1–100, 50 without it. */
  limit?: number
  offset?: number
}

/** A customer as it stands. */
export interface CustomerDto {
  key: string
  displayName: string | null
  email: string | null
  externalBillingId: string | null
  status: Customer['state']
  metadata: Record<string, unknown> | null
  createdAt: string
  updatedAt: string
}

/** The input is not valid; `fields` says where. */
export class ValidationError extends Error {
  override name = 'ValidationError'
  readonly fields: string[]

  constructor(message: string, fields: string[], options?: ErrorOptions) {
    super(message, options)
    this.fields = fields
  }
}
/** The key, the e-mail or the externalBillingId is taken. */
export class ConflictError extends Error {
  override name = 'ConflictError'
}
/** No customer has this key. */
export class NotFoundError extends Error {
  override name = 'NotFoundError'
}
/** A rule of the domain forbids it; `code` says which. */
export class DomainError extends Error {
  override name = 'DomainError'
  readonly code: string

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The service, over a client. */
export class CustomerManagementService {
  readonly #api: Lockstep

  constructor(api: Lockstep) {
    this.#api = api
  }

  /** Creates a customer, active. */
  async createCustomer(dto: CreateCustomerDto): Promise<CustomerDto> {
    return await inTheirWords(async () => {
      const { key, ...rest } = dto
      if (typeof key !== 'string' || key === '') throw new ValidationError('key is required', ['key'])
      return dtoOf(await this.#api.customers.create({ key, ...ours(rest) }))
    })
  }

  /** Changes what is given. */
  async updateCustomer(key: string, dto: UpdateCustomerDto): Promise<CustomerDto> {
    return await inTheirWords(async () => {
      const { id } = await this.#api.customers.getByKey(key)
      return dtoOf(await this.#api.customers.update(id, ours(dto)))
    })
  }

  /** The customer; null where there is none, or where it was deleted. */
  async getCustomer(key: string): Promise<CustomerDto | null> {
    return await inTheirWords(async () => {
      try {
        const found = await this.#api.customers.getByKey(key)
        return found.state === 'deleted' ? null : dtoOf(found)
      } catch (error) {
        if (error instanceof ApiNotFound) return null
        throw error
      }
    })
  }

  /** Oldest first, unless told otherwise. */
  async listCustomers(filters: CustomerFilterDto = {}): Promise<CustomerDto[]> {
    return await inTheirWords(async () => {
      const { status, search, sortBy, sortOrder, limit, offset } = filters
      const page = await this.#api.customers.list({
        ...(status !== undefined && { state: status }),
        ...(search !== undefined && { search }),
        sort_by: sortNames[sortBy ?? 'createdAt'],
        sort_order: sortOrder ?? 'asc',
        ...(limit !== undefined && { limit }),
        ...(offset !== undefined && { offset }),
      })
      return page.data.map(dtoOf)
    })
  }

  /** From now on no new subscriptions. */
  async archiveCustomer(key: string): Promise<void> {
    await this.#move(key, 'archive')
  }

  /** Active again. */
  async unarchiveCustomer(key: string): Promise<void> {
    await this.#move(key, 'unarchive')
  }

  /** Removes an archived customer for good, at Stripe too. @throws DomainError unless it was archived before. */
  async deleteCustomer(key: string): Promise<void> {
    await this.#move(key, 'purge')
  }

  async #move(key: string, move: 'archive' | 'unarchive' | 'purge', options?: CallOptions): Promise<void> {
    await inTheirWords(async () => {
      const { id } = await this.#api.customers.getByKey(key)
      await this.#api.customers[move](id, options)
    })
  }
}

const sortNames = { displayName: 'name', key: 'key', createdAt: 'created_at' } as const

function ours({ displayName, email, externalBillingId, metadata }: UpdateCustomerDto) {
  return {
    ...(displayName !== undefined && { name: displayName }),
    ...(email !== undefined && { email }),
    ...(externalBillingId !== undefined && { external_billing_id: externalBillingId }),
    ...(metadata !== undefined && { metadata }),
  }
}

function dtoOf(customer: Customer): CustomerDto {
  const { key, name, email, external_billing_id, state, metadata, created_at, updated_at } = customer
  return {
    key,
    displayName: name,
    email,
    externalBillingId: external_billing_id,
    status: state,
    metadata,
    createdAt: created_at,
    updatedAt: updated_at,
  }
}

/** What somebody else has already; every other 409 is a rule of the domain. */
const taken = new Set(['key_taken', 'email_taken', 'external_billing_id_taken'])
const theirNames: Readonly<Record<string, string>> = {
  name: 'displayName',
  external_billing_id: 'externalBillingId',
}

async function inTheirWords<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (error instanceof ApiNotFound) throw new NotFoundError('no customer has this key', { cause: error })
    if (error instanceof ApiInvalid) {
      const fields = error.errors.map(({ field }) => theirNames[field] ?? field)
      throw new ValidationError(error.message, fields, { cause: error })
    }
    if (taken.has(error.code)) throw new ConflictError(error.message, { cause: error })
    if (error instanceof ApiConflict) throw new DomainError(error.message, error.code, { cause: error })
    throw error
  }
}
