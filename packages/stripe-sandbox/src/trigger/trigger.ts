/**
 * Owns the causing of an event on purpose.
 * Promises: the event really happened, by the API calls that lead to it; there is a recipe for every type that the sandbox emits.
 */
import type { Core } from '../core.ts'
import { eventTypes, eventTypesOf, type EventType } from '../events/event-types.ts'
import { events } from '../events/stored-event.ts'
import type { Realm } from '../state/store.ts'
import { accountRecipes } from './account-recipes.ts'
import { billingRecipes } from './billing-recipes.ts'
import { customerRecipes } from './customer-recipes.ts'
import { createKit, type Recipe } from './recipe.ts'
import { subscriptionRecipes } from './subscription-recipes.ts'

const recipes: { readonly [Type in EventType]: Recipe } = {
  ...accountRecipes,
  ...billingRecipes,
  ...customerRecipes,
  ...subscriptionRecipes,
}

/** What came of it: the ids of the events of that type, oldest first. */
export type Triggered = { readonly type: EventType; readonly events: readonly string[] }

/** Causes an event of a type (a thin name means its twin) in the default account. Rejects with the nearest names if there is none. */
export async function trigger(core: Core, name: string): Promise<Triggered> {
  const [type] = name.endsWith('*') ? [] : eventTypesOf(name)
  if (type === undefined) throw new Error(unknownType(name))
  const realm = core.store.realm(core.settings.account, false)
  const before = newest(realm)
  await recipes[type](createKit(core, realm))
  const made: string[] = []
  for (const event of realm.table(events).newestFirst()) {
    if (event.id === before) break
    if (event.type === type) made.unshift(event.id)
  }
  if (made.length === 0) throw new Error(`bug: the recipe of ${type} led to no such event`)
  return { type, events: made }
}

function newest(realm: Realm): string | undefined {
  for (const { id } of realm.table(events).newestFirst()) return id
  return undefined
}

function unknownType(name: string): string {
  const [first = ''] = name.replace(/^v1\./, '').split('.')
  const near = eventTypes.filter((type) => type.split('.')[0] === first)
  return `no event is called ${name || 'nothing'}; type must be one of ${(near.length > 0 ? near : eventTypes).join(', ')}`
}
