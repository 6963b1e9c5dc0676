// Owns the step from unknown input to a trusted value: one schema, every fault named by field, 422.
// Promises: text that some store could not hold (NUL, half a surrogate pair) and JSON that would lose digits or depth
// is refused before any schema sees it; messages never quote a value.

import { type FieldError, LockstepError } from '@lockstep/domain/error/catalogue'
import type { z } from 'zod'

/** Levels of nesting: BSON stops at 100, and nobody's metadata is this deep. */
const depthMax = 32
/** Faults told at once; more help nobody. */
const faultsMax = 20
/** Characters of a field's name that are given back. */
const fieldNameMax = 120

/** The parsed value, or a LockstepError `invalid_request` that names the fields. */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const unsafe = unsafeParts(input)
  if (unsafe.length > 0) throw new LockstepError('invalid_request', { errors: unsafe })
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.flatMap(fieldErrors)
  throw new LockstepError('invalid_request', { errors: errors.slice(0, faultsMax) })
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  const field = fieldName(issue.path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: fieldName([...issue.path, key]), message: 'unknown field' }))
  }
  return [{ field, message: issue.message }]
}

function fieldName(path: readonly PropertyKey[]): string {
  const name = path.length === 0 ? 'body' : path.map(String).join('.')
  return name.toWellFormed().slice(0, fieldNameMax)
}

/** Walks with a list instead of recursion: the input may be nested as deep as its bytes allow. */
function unsafeParts(input: unknown): FieldError[] {
  const faults: FieldError[] = []
  const todo: { path: string[]; value: unknown }[] = [{ path: [], value: input }]
  for (let next = todo.pop(); next && faults.length < faultsMax; next = todo.pop()) {
    const { path, value } = next
    const fault = unsafeText(value) ?? unsafeNumber(value)
    if (fault) faults.push({ field: fieldName(path), message: fault })
    if (typeof value !== 'object' || value === null) continue
    if (path.length >= depthMax) {
      faults.push({ field: fieldName(path.slice(0, 3)), message: `is nested deeper than ${depthMax} levels` })
      continue
    }
    for (const [key, item] of Object.entries(value)) {
      const keyFault = unsafeText(key)
      if (keyFault) faults.push({ field: fieldName(path), message: `holds a name that ${keyFault}` })
      todo.push({ path: [...path, key], value: item })
    }
  }
  return faults
}

/** Why this text cannot be stored everywhere; null where it can. */
export function unsafeText(value: unknown): string | null {
  if (typeof value !== 'string') return null
  if (value.includes('\0')) return 'contains the character NUL'
  return value.isWellFormed() ? null : 'contains half of a surrogate pair'
}

function unsafeNumber(value: unknown): string | null {
  if (typeof value !== 'number') return null
  if (!Number.isFinite(value)) return 'is too large for a number'
  const digitsLost = Number.isInteger(value) && !Number.isSafeInteger(value)
  return digitsLost ? 'would lose digits as a number: send it as text' : null
}
