/** Owns the doors of faults. */
import type { Door } from './door.ts'

/** Add, list, remove. */
export const faultDoors: readonly Door[] = [
  {
    method: 'POST',
    path: '/_sandbox/faults',
    about: 'Adds a rule, or several as {rules: […]}; see "Faults" in the README.',
    run: ({ core, body }) => {
      const rules: unknown = body['rules']
      return Array.isArray(rules) ? { faults: core.faults.addAll(rules) } : core.faults.add(body)
    },
  },
  {
    method: 'GET',
    path: '/_sandbox/faults',
    about: 'The rules, with how often each matched and applied.',
    run: ({ core }) => ({ faults: core.faults.list() }),
  },
  {
    method: 'DELETE',
    path: '/_sandbox/faults',
    about: 'Removes all rules.',
    run: ({ core }) => ({ removed: core.faults.remove() }),
  },
  {
    method: 'DELETE',
    path: '/_sandbox/faults/{id}',
    about: 'Removes one rule.',
    run: ({ core, id }) => ({ removed: core.faults.remove(id) }),
  },
]
