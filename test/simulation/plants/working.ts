// Owns the planted bugs of the lanes, the log, commands and the end of a customer (PROTOCOL sections 1, 2, 4 and 8).

import { type Plant, sources } from './plant.ts'

export const workingPlants: readonly Plant[] = [
  {
    name: 'ops-before-doc',
    wrong: 'the operations are read before the document',
    breaks: 'G7',
    climate: { weights: { call: 14, job: 24 } },
    patches: [
      {
        file: sources.applyOperations,
        find: '    const doc = await ports.store.readCustomer(ref)\n    if (doc && isOutboxFull(doc))',
        replace:
          '    const early = await ports.store.waitingOperations(ref, batchMax)\n    const doc = await ports.store.readCustomer(ref)\n    if (doc && isOutboxFull(doc))',
      },
      {
        file: sources.applyOperations,
        find: '    const waiting = await ports.store.waitingOperations(ref, batchMax)\n',
        replace: '    const waiting = early\n',
      },
    ],
  },
  {
    name: 'watermark',
    wrong: 'what was applied is told by a highest number',
    breaks: 'G1',
    climate: { weights: { call: 14 } },
    patches: [
      {
        file: sources.applyOperations,
        find: '({ _id }) => !applied.has(_id))',
        replace: '({ _id, number }) => !applied.has(_id) && number > (doc?.watermark ?? 0))',
      },
      {
        file: sources.applyOperations,
        find: 'return { ...doc, applied: [...doc.applied, entry] }',
        replace: 'return { ...doc, watermark: operation.number, applied: [...doc.applied, entry] }',
      },
    ],
  },
  {
    name: 'order-by-clock',
    wrong: 'operations are ordered by the clock of their gateway',
    breaks: 'G6',
    climate: { skewMs: 60_000, weights: { call: 14, job: 8 } },
    patches: [
      {
        file: sources.accept,
        find: 'const first = await store.takeNumbers(operations.length)',
        replace: 'const first = (await store.takeNumbers(operations.length)) * 0 + clock.now() * 1000',
      },
    ],
  },
  {
    name: 'event-done-first',
    wrong: 'an event is marked done before what it asks for is in the document',
    breaks: 'G3',
    climate: { weights: { edit: 10, kill_worker: 6, catch_up: 0 } },
    patches: [
      {
        file: sources.noteStripeEvents,
        find: '  const written = await writeCustomer(ports, doc, (current) => {',
        replace: `  await markAll(ports, events, 'looked')
  const written = await writeCustomer(ports, doc, (current) => {`,
      },
    ],
  },
  {
    name: 'wanted-without-cas',
    wrong: 'a wish for a look does not raise `rev`',
    breaks: 'G3',
    climate: { weights: { edit: 12, call: 12 } },
    patches: [
      {
        file: sources.memoryCustomers,
        find: '      return write(doc, doc.rev + 1)',
        replace: '      return write(doc, stored.wanted === doc.wanted ? doc.rev + 1 : doc.rev)',
      },
    ],
  },
  {
    name: 'no-tombstone',
    wrong: 'a purge leaves a customer that can be revived',
    breaks: 'G1',
    climate: { weights: { purge: 6, call: 14 } },
    patches: [
      {
        file: sources.purge,
        find: '  return buried(done, { merged_into: null, at: moment.now, ...(purge.erase && { erased: false }) })',
        replace: `  const { stripe_id, purge: _, ...rest } = done
  return { ...rest, intent: null, state: 'archived', observed: [], base: [], pushes: [], gen: doc.gen + 1, seen: doc.wanted, obs: doc.obs + 1 }`,
      },
    ],
  },
  {
    name: 'credit-on-unlinked',
    wrong: 'a command is taken where no Stripe customer is, or will be',
    breaks: 'G1',
    climate: { weights: { command: 10, delete_at_stripe: 4 } },
    patches: [
      {
        file: sources.apply,
        find: "Applied {\n  if (doc.stripe_id === undefined && !doc.intent && !wantsLink(doc)) return rejected('not_linked')\n  if (!takes",
        replace:
          'Applied {\n  if (doc.stripe_id === undefined && !doc.intent && !wantsLink(doc)) return { kind: "waiting", doc: enqueued(doc, operation) }\n  if (!takes',
      },
      {
        file: sources.waitingCommands,
        find: 'return doc.commands !== undefined && doc.stripe_id',
        replace: 'return doc.commands?.length === 0 && doc.stripe_id',
      },
    ],
  },
  {
    name: 'log-by-time',
    wrong: 'the log’s readers go by the clock of whoever appended',
    breaks: 'log',
    climate: { skewMs: 2_000 },
    patches: [
      {
        file: sources.relay,
        find: 'const placed = left.map((event, index) => ({ ...event, pos: from + 1 + index }))',
        replace: 'const placed = left.map((event, index) => ({ ...event, pos: event.at * 1000 + index }))',
      },
    ],
  },
  {
    name: 'claim-kept-for-stripe',
    wrong: 'an e-mail that came from Stripe leaves the old claim standing',
    breaks: 'claim',
    climate: { policy: 'stripe', weights: { edit: 14, call: 14 } },
    patches: [
      {
        file: sources.emailClaim,
        find: 'return claim !== undefined && claim === claimOn(email) ? doc : rest',
        replace: 'return claim !== undefined || claim === claimOn(email) ? doc : rest',
      },
    ],
  },
  {
    name: 'command-waits-forever',
    wrong: 'a waiting command stays when its customer wants no Stripe customer any more',
    breaks: 'G1',
    climate: { weights: { command: 12, call: 14, delete_at_stripe: 3 } },
    patches: [
      {
        file: sources.waitingCommands,
        find: 'return doc.commands !== undefined && doc.stripe_id',
        replace: 'return doc.commands?.length === 0 && doc.stripe_id',
      },
    ],
  },
  {
    name: 'detach-repeated-at-once',
    wrong: 'a detach of unknown outcome is called again at once under a new key',
    breaks: 'commands',
    climate: { weights: { command: 16, stripe_fault: 8, delete_at_stripe: 0, purge: 0, half_hour: 2 } },
    patches: [
      {
        file: sources.commandIntent,
        find: '  return { ...doc, intent: { ...intent, doubt_since: intent.doubt_since ?? now } }',
        replace: `  if (commandOf(intent).kind.endsWith('payment_method')) return reopened(doc, now)
  return { ...doc, intent: { ...intent, doubt_since: intent.doubt_since ?? now } }`,
      },
    ],
  },
]
