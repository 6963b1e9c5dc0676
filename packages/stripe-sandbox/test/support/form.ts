/** Owns the form encoding of nested values, as Stripe's clients send them. */

/** A value of a form; null and '' clear. */
export type FormValue = string | number | boolean | null | readonly FormValue[] | Form
/** Parameters by name; what is undefined is not sent. */
export type Form = { readonly [name: string]: FormValue | undefined }

/** `{a: {b: [1]}}` → `a[b][0]=1`. */
export function encodeForm(form: Form): string {
  const pairs = Object.entries(form).flatMap(([name, value]) =>
    value === undefined ? [] : pairsOf(encodeURIComponent(name), value),
  )
  return pairs.join('&')
}

function pairsOf(name: string, value: FormValue): string[] {
  if (typeof value !== 'object' || value === null)
    return [`${name}=${encodeURIComponent(value === null ? '' : String(value))}`]
  // An empty object or list says nothing, as with Stripe's own clients.
  return Object.entries(value).flatMap(([inner, one]: [string, FormValue | undefined]) =>
    one === undefined ? [] : pairsOf(`${name}[${encodeURIComponent(inner)}]`, one),
  )
}
