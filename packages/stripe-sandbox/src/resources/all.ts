/**
 * Owns the list of resources: a new one is a new file, and a line here.
 * Promises: importing it does nothing but define.
 */
import type { Expanders } from '../http/expand.ts'
import type { Route } from '../http/router.ts'
import type { SpecParams } from '../params/from-spec.ts'
import { accountRoutes } from './account.ts'
import { customerExpanders, customerRoutes } from './customers.ts'
import { eventRoutes } from './events.ts'
import { webhookEndpointRoutes } from './webhook-endpoints.ts'

/** Every route of the API. */
export function allRoutes(spec: SpecParams): Route[] {
  return [...accountRoutes(), ...customerRoutes(spec), ...eventRoutes(spec), ...webhookEndpointRoutes(spec)]
}

/** What `expand` can turn into an object. */
export const expanders: Expanders = {
  customer: customerExpanders,
}
