/** Owns the doors around events: sending one again, rolling a secret, causing one. */
import { deliveries } from '../events/deliveries.ts'
import { eventTypes } from '../events/event-types.ts'
import { eventAnywhere } from '../events/find-event.ts'
import { resend } from '../events/resend.ts'
import { renderEvent } from '../events/stored-event.ts'
import { isThinOnly, renderThinEvent } from '../events/thin-event.ts'
import { webhookSecrets } from '../resources/webhook-endpoint-object.ts'
import { trigger } from '../trigger/trigger.ts'
import type { Door } from './door.ts'

/** An old secret lives at most this long after a roll (seconds), as Stripe documents. */
const oldSecretMaxSeconds = 86_400

/** Read, resend, roll, trigger. */
export const eventDoors: readonly Door[] = [
  {
    method: 'GET',
    path: '/_sandbox/events/{id}',
    about: 'One event of any account as its receivers see it: snapshot, thin twin, deliveries.',
    run: ({ core, id }) => {
      const { realm, event } = eventAnywhere(core, id)
      return {
        snapshot: isThinOnly(event.type) ? null : renderEvent(realm, event),
        thin: renderThinEvent(realm, event),
        deliveries: Array.from(realm.table(deliveries).newestFirst()).filter((one) => one.event === event.id),
      }
    },
  },
  {
    method: 'POST',
    path: '/_sandbox/events/{id}/resend',
    about:
      'Sends an event again, once, to every enabled receiver that wants it, or to {endpoint}; retries go on as they were.',
    run: async ({ core, id, body }) => ({
      sent: await resend(core, id, typeof body['endpoint'] === 'string' ? body['endpoint'] : undefined),
    }),
  },
  {
    method: 'POST',
    path: '/_sandbox/webhook_endpoints/{id}/roll_secret',
    about:
      'Gives a webhook endpoint a new secret; the old one signs too for {expires_in_seconds} (0 to 86400).',
    run: ({ core, id, body }) => {
      const seconds = body['expires_in_seconds'] ?? 0
      if (typeof seconds !== 'number' || !(seconds >= 0 && seconds <= oldSecretMaxSeconds)) {
        throw new Error(`expires_in_seconds must be from 0 to ${oldSecretMaxSeconds}`)
      }
      const realm = core.store.realms().find((one) => one.table(webhookSecrets).get(id))
      const [present] = realm?.table(webhookSecrets).get(id)?.secrets ?? []
      if (!realm || !present) throw new Error(`no such webhook endpoint: ${id}`)
      const secret = `whsec_${core.random.token(32)}`
      const old = { secret: present.secret, until: core.clock.now() + seconds * 1000 }
      realm
        .table(webhookSecrets)
        .put({ id, secrets: [{ secret, until: null }, ...(seconds > 0 ? [old] : [])] })
      return { secret }
    },
  },
  {
    method: 'GET',
    path: '/_sandbox/trigger',
    about: 'The types of events that can be triggered, which are all that the sandbox emits.',
    run: () => ({ types: eventTypes }),
  },
  {
    method: 'POST',
    path: '/_sandbox/trigger',
    about: 'Causes an event of {type} by the API calls that lead to it, in the default account.',
    run: ({ core, body }) => trigger(core, typeof body['type'] === 'string' ? body['type'] : ''),
  },
]
