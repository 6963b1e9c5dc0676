// Owns which fields of a customer have a column of their own in a CSV, to be read and to be written alike.

/** What a caller may set, one text each. */
export const textFields = [
  'key',
  'name',
  'email',
  'phone',
  'description',
  'tax_exempt',
  'currency',
  'tier',
  'source',
  'assigned_to',
  'app_id',
  'user_id',
  'company_id',
  'contact_id',
  'organization',
] as const

/** The parts of an address. */
export const addressParts = ['line1', 'line2', 'city', 'state', 'postal_code', 'country'] as const

/** Fields inside others, by their dotted names. */
export const nestedFields: readonly string[] = [
  ...addressParts.map((part) => `billing_address.${part}`),
  'shipping.name',
  'shipping.phone',
  ...addressParts.map((part) => `shipping.address.${part}`),
]

/** Several values in one cell, as JSON. */
export const jsonFields = ['tags', 'preferred_locales', 'metadata'] as const
