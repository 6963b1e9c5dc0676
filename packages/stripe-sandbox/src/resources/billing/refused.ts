/**
 * Owns the declaring of parameters that Stripe has and the sandbox refuses.
 * Promises: naming one of them is answered with a text that says so, never with a plausible object.
 */
import { unsimulated } from '../../params/declare.ts'
import type { Param } from '../../params/param.ts'

/** Parameters by name, each refused. */
export function refused(...names: string[]): { readonly [name: string]: Param } {
  return Object.fromEntries(names.map((name) => [name, unsimulated]))
}
