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

/** PUT and PATCH alike: absent leaves a field unchanged, null clears it. */
export const updateRequest = z
  .strictObject(fields, { error: shapeMessage('must be one JSON object') })
  .superRefine(oneKindOfCustomer)
  .meta({ id: 'CustomerChange', description: 'An absent field stays, null clears it.' })

/** POST: `key` or `email` is needed. */
export const createRequest = z
  .strictObject({ ...fields, key: key.exactOptional() }, { error: shapeMessage('must be one JSON object') })
  .superRefine((request, context) => {
    oneKindOfCustomer(request, context)
    if (request.key !== undefined || (request.email ?? null) !== null) return
    for (const field of ['key', 'email']) {
      context.addIssue({ code: 'custom', path: [field], message: 'key or email is required' })
    }
  })
  .meta({ id: 'NewCustomer', description: '`key` or `email` is needed.' })

/** The fields of a create without its key. */
export function inputOf(request: z.output<typeof createRequest>): CustomerInput {
  const { key: _, ...input } = request
  return input
}

/** Moves such as archive take no fields; a body, if there is one, is an empty object. */
export const moveRequest = z.strictObject({}).optional()

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
