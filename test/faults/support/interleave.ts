// Owns the schedules that need two workers on one customer: another one acts in the middle of a step of this one.

import type { Ports } from '@lockstep/worker/ports'
import type { Store } from '@lockstep/domain/store/store'

/** Ports whose store lets somebody else act, once, before the first call of `method`. */
export function interrupted(ports: Ports, method: keyof Store, meanwhile: () => Promise<unknown>): Ports {
  let waiting = true
  const store = new Proxy(ports.store, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name)
      if (name !== method || typeof call !== 'function') return call
      return async (...args: unknown[]): Promise<unknown> => {
        if (waiting) {
          waiting = false
          await meanwhile()
        }
        return Reflect.apply(call, target, args)
      }
    },
  })
  return { ...ports, store }
}
