// Owns the planted bugs of what the protocol does not model: acknowledgements, queues, limits, tenants.

import { type Plant, sources } from './plant.ts'

export const beyondPlants: readonly Plant[] = [
  {
    name: 'ack-before-insert',
    wrong: 'a write is acknowledged before it is durable',
    breaks: 'G1',
    climate: { weights: { kill_gateway: 5, database_fault: 4 } },
    patches: [
      {
        file: sources.accept,
        find: 'const result = await insert(operation)',
        replace: "insert(operation).catch(() => undefined)\n        const result = { kind: 'ok' }",
      },
    ],
  },
  {
    name: 'webhook-ack-before-insert',
    wrong: 'a webhook is answered before it is durable, and catch-up is off',
    breaks: 'G3',
    climate: { weights: { kill_gateway: 5, database_fault: 4, edit: 10 } },
    patches: [
      {
        file: sources.webhook,
        find: 'const { kind } = await insert(event)',
        replace: "insert(event).catch(() => undefined)\n    const { kind } = { kind: 'ok' }",
      },
      {
        file: 'apps/worker/src/maintain/catch-up.ts',
        find: '  if (records.length === 0) return 0\n',
        replace: '  if (records.length >= 0) return 0\n',
      },
    ],
  },
  {
    name: 'payload-in-job',
    wrong: 'an operation stands in its job alone until a worker takes it',
    breaks: 'G1',
    climate: { weights: { redis_forgets: 4 } },
    patches: [
      {
        file: sources.accept,
        find: 'const results = await store.insertOperations(',
        replace: `const jobs = (globalThis.jobs ??= [])
      const results = operations.map(() => ({ kind: 'ok' }))
      jobs.push(...operations.map((each, index) => ({ ...each, number: first + index })))
      if (jobs.length < 0) await store.insertOperations(`,
      },
      {
        file: sources.applyOperations,
        find: '  const forced = new Map<string, ErrorCode>()\n',
        replace: `  const forced = new Map<string, ErrorCode>()
  const mine = (globalThis.jobs ?? []).filter((each) => each.customer_id === ref.customerId)
  globalThis.jobs = (globalThis.jobs ?? []).filter((each) => each.customer_id !== ref.customerId)
  if (mine.length > 0) await ports.store.insertOperations(mine)
`,
      },
      {
        file: 'test/simulation/simulated-redis.ts',
        find: '    forget() {\n',
        replace: '    forget() {\n      globalThis.jobs = []\n',
      },
    ],
  },
  {
    name: 'limiter-that-forgets',
    wrong: 'slots that were forgotten count as free',
    breaks: 'G8',
    climate: { limits: { perEndpoint: 2, perAccount: 3 }, weights: { redis_forgets: 6, run: 20 } },
    patches: [
      {
        file: sources.memorySlots,
        find: 'spentUntil: clock.now() + spentMs, taken',
        replace: 'spentUntil: clock.now(), taken',
      },
      {
        file: sources.memorySlots,
        find: '      return spentMs\n',
        replace: '      return takeFrom(fresh, request)\n',
      },
    ],
  },
  {
    name: 'slot-used-late',
    wrong: 'a slot that was held for long is used all the same',
    breaks: 'G8',
    climate: {
      limits: { perEndpoint: 2, perAccount: 3 },
      weights: { redis_forgets: 6, wait: 20 },
    },
    patches: [
      {
        file: sources.budget,
        find: 'isUsable: () => clock.now() - at < usableMs',
        replace: 'isUsable: () => at < Infinity',
      },
    ],
  },
  {
    name: 'no-tenant-filter',
    wrong: 'a customer of any tenant is found by its e-mail',
    breaks: 'G9',
    climate: { tenants: ['default', 'other'], weights: { create_at_stripe: 5 } },
    patches: [
      {
        file: sources.memoryCustomers,
        find: '      const found = ofTenant(tenantId).filter(\n        (doc) =>\n          !doc.tombstone',
        replace:
          '      const found = [...byId.values()].filter(\n        (doc) =>\n          tenantId &&\n          !doc.tombstone',
      },
    ],
  },
  {
    name: 'busy-counts-as-failure',
    wrong: 'a 409 or 429 counts towards the five tries',
    breaks: 'G11',
    climate: { weights: { stripe_fault: 20 } },
    patches: [
      {
        file: sources.push,
        find: "if (answer.kind === 'busy' || answer.kind === 'silence') return waitAndRetry(ports, doc, answer)",
        replace: `if (answer.kind === 'silence') return waitAndRetry(ports, doc, answer)
  if (answer.kind === 'busy') return countFailure(ports, doc, 'busy')`,
      },
    ],
  },
  {
    name: 'busy-is-refusal',
    wrong: 'a 409 or 429 is taken for a refusal of the values',
    breaks: 'G3',
    climate: { weights: { stripe_fault: 8 } },
    patches: [
      {
        file: sources.push,
        find: "if (answer.kind === 'busy' || answer.kind === 'silence') return waitAndRetry(ports, doc, answer)",
        replace: `if (answer.kind === 'silence') return waitAndRetry(ports, doc, answer)
  if (answer.kind === 'busy') return refused(ports, doc, intent, { ...answer, kind: 'refused', code: 'busy', param: intent.sent[0]?.k ?? null })`,
      },
    ],
  },
  {
    name: 'outbox-stranded',
    wrong: 'an outbox with entries makes no document due',
    breaks: 'log',
    climate: { weights: { kill_worker: 6 } },
    patches: [{ file: sources.plan, find: 'return doc.outbox.length > 0 || doc', replace: 'return doc' }],
  },
  {
    name: 'outbox-emptied-first',
    wrong: 'the outbox is emptied before its entries are in the log',
    breaks: 'log',
    climate: { weights: { kill_worker: 6 } },
    patches: [
      {
        file: sources.settle,
        find: '  await relayOutbox(ports, doc)\n',
        replace: '',
      },
      {
        file: sources.settle,
        find: "  return written.kind === 'duplicate' ? doc : (written.doc ?? doc)\n",
        replace:
          "  await relayOutbox(ports, doc)\n  return written.kind === 'duplicate' ? doc : (written.doc ?? doc)\n",
      },
    ],
  },
  {
    name: 'unmarked-operation-forgotten',
    wrong: 'an applied operation leaves its document before its record is marked',
    breaks: 'G7',
    climate: { weights: { kill_worker: 6, call: 14 } },
    patches: [
      {
        file: sources.settle,
        find: '  await markOperations(ports, doc, ended, snapshots)\n',
        replace: '',
      },
      {
        file: sources.settle,
        find: "  return written.kind === 'duplicate' ? doc : (written.doc ?? doc)\n",
        replace:
          "  await markOperations(ports, doc, ended, snapshots)\n  return written.kind === 'duplicate' ? doc : (written.doc ?? doc)\n",
      },
    ],
  },
  {
    name: 'cursor-before-delivery',
    wrong: 'the cursor of a webhook endpoint moves before it was sent the events',
    breaks: 'log',
    climate: { weights: { kill_worker: 6 } },
    patches: [
      {
        file: sources.deliveries,
        find: '  await Promise.all(Array.from({ length: lanesMax }, runLanes))\n',
        replace:
          '  await changeEndpoint(ports.store, { tenantId: endpoint.tenant_id, endpointId: endpoint._id }, (now) => ({ ...now, cursor }))\n  await Promise.all(Array.from({ length: lanesMax }, runLanes))\n',
      },
    ],
  },
  {
    name: 'echo-is-pushed',
    wrong: 'what Stripe’s event tells is written back to it',
    breaks: 'G5',
    patches: [
      {
        file: sources.plan,
        find: 'filter(({ k, v }) => v !== stored(base, k))',
        replace: "filter(({ k, v }) => v !== stored(base, k) || (k === 'name' && doc.obs % 3 === 0))",
      },
    ],
  },
  {
    name: 'webhook-deletes',
    wrong: 'a customer that was archived here is deleted at Stripe',
    breaks: 'G10',
    patches: [
      {
        file: sources.plan,
        find: "  if (doc.purge) return { kind: 'purge' }\n",
        replace: "  if (doc.purge || (doc.state === 'deleted' && doc.stripe_id)) return { kind: 'purge' }\n",
      },
      { file: sources.purge, find: "  if (!purge) throw bug('no purge was asked for')\n", replace: '' },
      {
        file: sources.purge,
        find: 'ended(told, purge.operation_id, {',
        replace: "ended(told, purge?.operation_id ?? '', {",
      },
      {
        file: sources.purge,
        find: '...(purge.erase && { erased: false })',
        replace: '...(purge?.erase && { erased: false })',
      },
    ],
  },
]
