/**
 * Owns the names of the events that Stripe has, for tests of those that the sandbox emits.
 * Promises: snapshots as the specification lists them for endpoints, thin ones as the installed client declares them.
 */
import { readFileSync } from 'node:fs'

const spec = JSON.parse(readFileSync(new URL('../../spec/openapi-core.json', import.meta.url), 'utf8'))
const { schema } =
  spec.paths['/v1/webhook_endpoints'].post.requestBody.content['application/x-www-form-urlencoded']
const listed: readonly string[] = schema.properties.enabled_events.items.enum

/** The types of events that v1 shows. */
export const snapshotTypes: ReadonlySet<string> = new Set(listed.filter((type) => type !== '*'))

const declarations = new URL('resources/V2/Core/Events.d.ts', import.meta.resolve('stripe'))

/** The types of thin events about objects of v1. */
export const thinTypes: ReadonlySet<string> = new Set(
  readFileSync(declarations, 'utf8').match(/(?<=')v1\.[\w.]+(?=')/g),
)
