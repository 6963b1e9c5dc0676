/**
 * Owns the shape of data that the sandbox stores, answers and sends.
 * Promises: values are treated as immutable once stored, so events, idempotency records and lists may share them.
 */

/** Anything JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A JSON object; a member that is undefined is left out of the text. */
export type JsonObject = { readonly [key: string]: Json | undefined }

/** A Stripe object that can be stored, listed and named by its id. `created` is in whole seconds. */
export type Resource = JsonObject & { readonly id: string; readonly object: string; readonly created: number }

/** String to string, without a prototype, so that keys such as `__proto__` are ordinary keys. */
export type Metadata = { readonly [key: string]: string }

/** True for a JSON object, false for null, arrays and scalars. */
export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** An empty object without a prototype: the only kind that caller-chosen keys are written to. */
export function bareObject<T>(): Record<string, T> {
  // Object.create is typed as `any`; an object without members satisfies every record type.
  return Object.create(null) as Record<string, T>
}

/** Characters as a person counts them: code points, not UTF-16 units, which is what limits on lengths mean. */
export function characters(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

/** The id of a Stripe object; '' if it has none. */
export function idOf(object: JsonObject): string {
  return typeof object['id'] === 'string' ? object['id'] : ''
}

/** A value as it is shown to people: text as it is, anything else as JSON. */
export function plainText(value: Json | undefined): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
