// Owns the query parameters of the list of customers. Promises: unknown and repeated parameters are 422.

import type { CustomerListQuery } from '@lockstep/domain/store/store'
import { z } from 'zod'
import { described } from '../schema/described.ts'
import { currency, email } from '../schema/field-rules.ts'
import { unsafeText } from '../schema/parse.ts'

const states = ['active', 'archived', 'suspended', 'deleted'] as const
const statuses = ['lead', 'prospect', 'customer', 'churned'] as const
/** Customers passed over at most: what a person may leaf through; programs follow the cursor. */
const offsetMax = 10_000

/** A parameter that came several times is a list, and so no text. */
const text = z.string('must be given once')
const word = text
  .min(1, 'must not be empty')
  .max(255, 'must be at most 255 characters')
  .refine((value) => unsafeText(value) === null, 'must be well-formed text')

/** `after` is the id of the last customer seen; `limit` is 1–100, 50 without it. */
export const listQuery = z
  .strictObject({
    status: oneOf([...statuses, 'active', 'archived', 'suspended'])
      .meta({ description: 'Where in its life; `active`, `archived` and `suspended` are taken for `state`.' })
      .exactOptional(),
    state: oneOf(states).exactOptional(),
    tier: oneOf(['free', 'basic', 'pro', 'enterprise']).exactOptional(),
    tag: word.exactOptional(),
    source: word.exactOptional(),
    assigned_to: described(
      text.pipe(z.uuid('must be a UUID')).transform((id) => id.toLowerCase()),
      { type: 'string', format: 'uuid' },
    ).exactOptional(),
    company_id: word.exactOptional(),
    user_id: word.exactOptional(),
    app_id: word.exactOptional(),
    currency: currency.pipe(z.string('must be an ISO 4217 code, like eur')).exactOptional(),
    email: email.pipe(z.string('must be an e-mail address')).exactOptional(),
    stripe_customer_id: word.exactOptional(),
    search: word
      .meta({ description: 'Begins the key, the name or the e-mail, in any case.' })
      .exactOptional(),
    sort_by: oneOf(['created_at', 'key', 'name'])
      .meta({ description: '`name` only together with a filter.' })
      .exactOptional(),
    sort_order: oneOf(['asc', 'desc'])
      .meta({ description: 'Default: newest first; keys and names from the first letter on.' })
      .exactOptional(),
    after: described(
      text.pipe(z.uuid('must be the id of a customer')).transform((id) => id.toLowerCase()),
      {
        type: 'string',
        format: 'uuid',
        description: 'The last customer seen: `next_after`. Of a list by age.',
      },
    ).exactOptional(),
    offset: wholeNumber(0, offsetMax).exactOptional(),
    limit: described(wholeNumber(1, 100).default(50), {
      type: 'integer',
      minimum: 1,
      maximum: 100,
      default: 50,
    }),
  })
  .superRefine((query, context) => {
    const fault = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message })
    const { sort_by, sort_order: _, limit: __, after, offset, ...filters } = query
    if (sort_by === 'name' && Object.keys(filters).length === 0)
      fault('sort_by', 'sorts by name only together with a filter')
    if (after !== undefined && sort_by !== undefined && sort_by !== 'created_at')
      fault('after', 'goes with a list by age: use offset here')
    if (after !== undefined && offset !== undefined) fault('offset', 'excludes after')
    if (isState(query.status) && query.state !== undefined)
      fault('status', 'says the same as state: give one of them')
  })

/** What the store is asked for. */
export function queryOf(tenantId: string, asked: z.output<typeof listQuery>): CustomerListQuery {
  const { status, state = isState(status) ? status : undefined, ...rest } = asked
  const query: Record<keyof CustomerListQuery, unknown> = {
    tenantId,
    status: isState(status) ? undefined : status,
    state,
    tier: rest.tier,
    tag: rest.tag,
    source: rest.source,
    assignedTo: rest.assigned_to,
    companyId: rest.company_id,
    userId: rest.user_id,
    appId: rest.app_id,
    currency: rest.currency,
    email: rest.email,
    stripeCustomerId: rest.stripe_customer_id,
    search: rest.search,
    sortBy: rest.sort_by,
    sortOrder: rest.sort_order,
    after: rest.after,
    offset: rest.offset,
    limit: rest.limit,
  }
  // What was not asked for is left out; each value that stays has the type that its schema gave it.
  return Object.fromEntries(
    Object.entries(query).filter(([, value]) => value !== undefined),
  ) as unknown as CustomerListQuery
}

function isState(status: string | undefined): status is (typeof states)[number] {
  return states.some((state) => state === status)
}

function wholeNumber(least: number, most: number) {
  const rule = `must be a whole number from ${least} to ${most}`
  return described(
    text
      .regex(/^\d{1,5}$/, rule)
      .transform(Number)
      .refine((value) => value >= least && value <= most, rule),
    { type: 'integer', minimum: least, maximum: most },
  )
}

function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, {
    error: ({ input }) =>
      Array.isArray(input) ? 'must be given once' : `must be one of ${words.join(', ')}`,
  })
}
