// Owns what callers may write about a customer (DESIGN section 4), field by field.
// Promises: strict at every level, an unknown field is named; absent and null stay different; what passes is a
// CustomerInput of the domain, in stored form.

import type { CustomerInput } from '@lockstep/domain/operation/operation'
import { z } from 'zod'
import { country, currency, email, locales, metadata, phone, text } from '../schema/field-rules.ts'

/** Characters of an address part, as Stripe's. */
const partMax = 5000
/** Characters of an identifier or label: an index entry's worth. */
const labelMax = 255
/** Tags of one customer: enough to sort by, few enough to read. */
const tagsMax = 100

const address = z
  .strictObject(
    {
      line1: text(partMax).exactOptional(),
      line2: text(partMax).exactOptional(),
      city: text(partMax).exactOptional(),
      state: text(partMax).exactOptional(),
      postal_code: text(partMax).exactOptional(),
      country: country.exactOptional(),
    },
    { error: shapeMessage('must be an address') },
  )
  .meta({ id: 'AddressInput', description: 'An absent part stays, null clears it.' })

const shipping = z.strictObject(
  {
    name: z
      .string('is required: shipping has a name and an address')
      .min(1, 'must not be empty')
      .max(partMax),
    phone: phone.exactOptional(),
    address,
  },
  { error: shapeMessage('must be {name, phone, address}') },
)

const fields = {
  name: text(255).exactOptional(),
  email: email.exactOptional(),
  phone: phone.exactOptional(),
  description: text(5000).exactOptional(), // Stripe's bound.
  billing_address: address.nullable().exactOptional(),
  shipping: shipping.nullable().exactOptional(),
  tax_exempt: z
    .enum(['none', 'exempt', 'reverse'], 'must be none, exempt or reverse')
    .nullable()
    .exactOptional(),
  preferred_locales: locales.exactOptional(),
  metadata: metadata.exactOptional(),
  currency: currency.exactOptional(),
  tier: z
    .enum(['free', 'basic', 'pro', 'enterprise'], 'must be free, basic, pro or enterprise')
    .exactOptional(),
  tags: z
    .array(z.string('must be text').min(1, 'must not be empty').max(labelMax), 'must be a list of texts')
    .max(tagsMax, `must be at most ${tagsMax} tags`)
    .transform((tags) => [...new Set(tags)])
    .exactOptional(),
  source: text(labelMax).exactOptional(),
  assigned_to: z
    .uuid('must be a UUID')
    .transform((id) => id.toLowerCase())
    .nullable()
    .exactOptional(),
  app_id: text(labelMax).exactOptional(),
  user_id: text(labelMax).exactOptional(),
  company_id: text(labelMax).exactOptional(),
  contact_id: text(labelMax).exactOptional(),
  organization: text(labelMax).exactOptional(),
}

const key = z
  .string('must be text')
  .min(1, 'must not be empty')
  .max(labelMax, `must be at most ${labelMax} characters`)

/** A Stripe customer that is there already: text of at most 255 characters (seed of the field: callers' systems). */
const externalBillingId = z
  .string('must be text')
  .min(1, 'must not be empty')
  .max(labelMax, `must be at most ${labelMax} characters`)
  .meta({ description: 'A Stripe customer that exists already: it is checked, then linked.' })

/** The words of a router's own callers, where they differ from ours. */
export interface Dialect {
  /** Of the schemas' names in the API's description: `Ledger`. */
  title: string
  /** Fields that a create must have, and no update may clear. */
  required: readonly ('name' | 'email')[]
  /** Their names of our fields. */
  aliases: Readonly<Record<string, keyof typeof changeable>>
  /** An update to the status `deleted` is a soft delete. */
  deletesByStatus: boolean
}

/** Ours. */
export const canonicalDialect: Dialect = { title: '', required: [], aliases: {}, deletesByStatus: false }

const changeable = { ...fields, external_billing_id: externalBillingId.exactOptional() }
type Change = z.output<z.ZodObject<typeof changeable>>
const wholeObject = { error: shapeMessage('must be one JSON object') }

/** PUT and PATCH alike: absent leaves a field unchanged, null clears it. */
export function updateRequest(dialect: Dialect) {
  const deletion = { status: z.literal('deleted').exactOptional(), deleted_at: z.unknown().exactOptional() }
  return z
    .strictObject(
      { ...changeable, ...aliased(dialect), ...(dialect.deletesByStatus && deletion) },
      wholeObject,
    )
    .transform((request) => renamed(dialect, request))
    .superRefine((request, context) => {
      oneKindOfCustomer(request, context)
      for (const field of dialect.required) if (request[field] === null) isRequired(field, context)
    })
    .meta({ id: `${dialect.title}CustomerChange`, description: 'An absent field stays, null clears it.' })
}

/** POST: `key` or `email` is needed, and what the dialect asks for. */
export function createRequest(dialect: Dialect) {
  return z
    .strictObject({ ...changeable, ...aliased(dialect), key: key.exactOptional() }, wholeObject)
    .transform((request) => ({
      ...renamed(dialect, request),
      ...(request.key !== undefined && { key: request.key }),
    }))
    .superRefine((request, context) => {
      oneKindOfCustomer(request, context)
      for (const field of dialect.required) if ((request[field] ?? null) === null) isRequired(field, context)
      if (request.key !== undefined || (request.email ?? null) !== null || dialect.required.includes('email'))
        return
      for (const field of ['key', 'email']) {
        context.addIssue({ code: 'custom', path: [field], message: 'key or email is required' })
      }
    })
    .meta({ id: `${dialect.title}NewCustomer`, description: needs(dialect) })
}

/** The fields of a request without those that are no input of the customer's own. */
export function inputOf(request: Change & { key?: string }): CustomerInput {
  const { key: _, external_billing_id: __, ...input } = request
  return input
}

/** Whether an update asks for a soft delete, where its dialect says it so. */
export function deletes(request: object): boolean {
  return 'status' in request && request.status === 'deleted'
}

function aliased({ aliases }: Dialect) {
  return Object.fromEntries(Object.entries(aliases).map(([theirs, ours]) => [theirs, changeable[ours]]))
}

/** The request in our words; where a field is given by both names, by ours. */
function renamed({ aliases }: Dialect, request: object): Change & { status?: 'deleted' } {
  const given = Object.entries(request).filter(([name]) => name !== 'key' && name !== 'deleted_at')
  const inOurs = (name: string) => (Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name)
  const [theirs, ours] = [
    given.filter(([name]) => inOurs(name) !== name),
    given.filter(([name]) => inOurs(name) === name),
  ]
  const pairs = [...theirs, ...ours].map(([name, value]) => [inOurs(name), value])
  // Each value was parsed by the schema of the field whose name it now has.
  return Object.fromEntries(pairs) as Change & { status?: 'deleted' }
}

function needs({ required }: Dialect): string {
  return required.length === 0 ? '`key` or `email` is needed.' : `Needed: ${required.join(' and ')}.`
}

function isRequired(field: string, context: z.core.$RefinementCtx): void {
  context.addIssue({ code: 'custom', path: [field], message: 'is required' })
}

/** Moves such as archive take no fields; a body, if there is one, is an empty object. */
export const moveRequest = z.strictObject({}).optional()

/** PUT of one field alone: it must be there, and null clears it as in an update. */
export const assignRequest = z.strictObject({ assigned_to: fields.assigned_to.unwrap() }, wholeObject)
export const tierRequest = z.strictObject({ tier: fields.tier.unwrap() }, wholeObject)
export const tagsRequest = z.strictObject({ tags: fields.tags.unwrap() }, wholeObject)

function oneKindOfCustomer(
  request: { user_id?: string | null; company_id?: string | null },
  context: z.core.$RefinementCtx,
): void {
  if ((request.user_id ?? null) === null || (request.company_id ?? null) === null) return
  context.addIssue({
    code: 'custom',
    path: ['company_id'],
    message: 'excludes user_id: a customer is a person or a company',
  })
}

/** Our words where the value is no object; zod's own for unknown keys, which name them. */
function shapeMessage(message: string) {
  return (issue: { code: string }) => (issue.code === 'invalid_type' ? message : undefined)
}
