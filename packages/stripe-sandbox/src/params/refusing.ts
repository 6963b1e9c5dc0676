/**
 * Owns the refusing of parameters that the specification has and the sandbox does not simulate.
 * Promises: naming one is answered with a text that says so, never passed over; a name that the specification does not have is a bug.
 */
import { unsimulated } from './declare.ts'
import type { ObjectParam } from './param.ts'

/** The parameters with those at `paths` (such as `card.networks`) refused. */
export function refusing(params: ObjectParam, paths: readonly string[]): ObjectParam {
  const fields = new Map(params.fields)
  for (const path of paths) {
    const [name = '', ...rest] = path.split('.')
    const field = fields.get(name)
    if (!field) throw new Error(`bug: no parameter ${path} in the specification`)
    if (rest.length === 0) fields.set(name, unsimulated)
    else if (field.kind === 'object') fields.set(name, refusing(field, [rest.join('.')]))
    else throw new Error(`bug: ${name} of ${path} is not an object`)
  }
  return { ...params, fields }
}

/** The parameters with all refused but those that are named. */
export function refusingOthers(params: ObjectParam, simulated: readonly string[]): ObjectParam {
  return refusing(
    params,
    Array.from(params.fields.keys()).filter((name) => !simulated.includes(name)),
  )
}
