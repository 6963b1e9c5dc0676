/**
 * Owns reading of checked parameters by kind.
 * Promises: undefined where the caller did not mention it, null where it was cleared; a value of another kind is a bug of a route's
 * declaration and throws.
 */
import type { Params, ParamValue } from './param.ts'

/** A string parameter. */
export function text(params: Params, name: string): string | null | undefined {
  const value = params[name]
  if (value === undefined || value === null || typeof value === 'string') return value
  throw new Error(`bug: ${name} is not text`)
}

/** An integer parameter. */
export function integer(params: Params, name: string): number | undefined {
  const value = params[name]
  if (value === undefined || typeof value === 'number') return value
  throw new Error(`bug: ${name} is not an integer`)
}

/** A boolean parameter. */
export function flag(params: Params, name: string): boolean | undefined {
  const value = params[name]
  if (value === undefined || typeof value === 'boolean') return value
  throw new Error(`bug: ${name} is not a boolean`)
}

/** An object parameter. */
export function hash(params: Params, name: string): Params | null | undefined {
  const value = params[name]
  if (value === undefined || value === null) return value
  if (isParams(value)) return value
  throw new Error(`bug: ${name} is not an object`)
}

/** A list parameter; empty if cleared. */
export function list(params: Params, name: string): readonly ParamValue[] | undefined {
  const value = params[name]
  if (value === undefined) return undefined
  if (isList(value)) return value
  throw new Error(`bug: ${name} is not a list`)
}

/** A list of strings. */
export function texts(params: Params, name: string): string[] | undefined {
  return list(params, name)?.filter((item) => typeof item === 'string')
}

/** A list of objects. */
export function hashes(params: Params, name: string): Params[] | undefined {
  return list(params, name)?.filter(isParams)
}

function isList(value: ParamValue): value is readonly ParamValue[] {
  return Array.isArray(value)
}

function isParams(value: ParamValue): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
