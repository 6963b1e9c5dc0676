/**
 * Owns the declaring of parameters that Stripe has and the sandbox refuses.
 * Promises: naming one of them is answered with a text that says so, never with a plausible object.
 */
import type { Core } from '../../core.ts'
import { notSimulated } from '../../http/stripe-error.ts'
import { bool, object, unsimulated } from '../../params/declare.ts'
import type { ObjectParam, Param, Params } from '../../params/param.ts'
import { flag, hash } from '../../params/read.ts'

/** Parameters by name, each refused. */
export function refused(...names: string[]): { readonly [name: string]: Param } {
  return Object.fromEntries(names.map((name) => [name, unsimulated]))
}

/** `automatic_tax`, which may only say that it is off. */
export const automaticTax: ObjectParam = object({ 'enabled!': bool, liability: unsimulated })

/** Refuses automatic tax that is on. To be called by a route's `check`. */
export function checkNoTax(params: Params, _core?: Core): void {
  const tax = hash(params, 'automatic_tax')
  if (tax && flag(tax, 'enabled')) throw notSimulated('Automatic tax', 'automatic_tax[enabled]')
}
