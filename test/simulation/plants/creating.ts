// Owns the planted bugs of creates, links and keys (PROTOCOL sections 4, 5 and 8).

import { type Plant, sources } from './plant.ts'

export const creatingPlants: readonly Plant[] = [
  {
    name: 'new-key-each-retry',
    wrong: 'a call is repeated under another key',
    breaks: 'G2',
    climate: { weights: { stripe_fault: 8 } },
    patches: [
      {
        file: sources.push,
        find: 'stripeCalls.createCustomer(intent.form, intent.key)',
        replace: 'stripeCalls.createCustomer(intent.form, `${intent.key}${doc.rev}`)',
      },
    ],
  },
  {
    name: 'no-23h-rule',
    wrong: 'a key is sent again however old it is',
    breaks: 'G2',
    climate: { weights: { stripe_fault: 8, days: 2, kill_worker: 4 } },
    patches: [
      {
        file: sources.intent,
        find: 'intent.doubt_since === null && now - intent.since < keyUsableMs',
        replace: 'intent.doubt_since === null && now > 0',
      },
    ],
  },
  {
    name: 'new-key-after-500',
    wrong: 'after a 500 a create goes on under a new key at once',
    breaks: 'G2',
    climate: { weights: { stripe_fault: 8 } },
    patches: [
      {
        file: sources.intent,
        find: "  if (intent.kind === 'create')\n    return { ...doc, intent: { ...intent, doubt_since: intent.doubt_since ?? now } }",
        replace: "  if (intent.kind === 'create') return reopened(doc, now)",
      },
    ],
  },
  {
    name: 'no-grace',
    wrong: 'an empty look-up counts at once, though Stripe may still roll the create forward',
    breaks: 'G2',
    climate: { weights: { stripe_fault: 8 } },
    patches: [{ file: sources.doubt, find: 'if (began < counts)', replace: 'if (began < 0)' }],
  },
  {
    name: 'lookup-by-list-only',
    wrong: 'the look-up does not read the event list by key',
    breaks: 'G2',
    climate: {
      weights: { stripe_fault: 8, strip: 5, delete_at_stripe: 3, deliver: 2, webhooks_lost: 3, half_hour: 2 },
    },
    patches: [
      { file: sources.lookUp, find: 'new Set([...byEvent, ...byList])', replace: 'new Set([...byList])' },
    ],
  },
  {
    name: 'settle-without-key',
    wrong: 'an answer ends whatever intent is open',
    breaks: 'G5',
    climate: { weights: { command: 10, stripe_fault: 4 } },
    patches: [
      {
        file: sources.commitIntent,
        find: 'current.intent?.key === intent.key ?',
        replace: 'current.intent ?',
      },
      {
        file: sources.push,
        find: '    current.intent?.key === intent.key\n      ? answered(',
        replace: '    current.intent\n      ? answered(',
      },
    ],
  },
  {
    name: 'no-unique-stripe-id',
    wrong: 'two documents may be linked to one Stripe customer',
    breaks: 'G2',
    climate: { weights: { create_at_stripe: 4 } },
    patches: [
      {
        file: sources.memoryCustomers,
        find: 'other.stripe_id === doc.stripe_id)',
        replace: 'other.stripe_id === doc._id)',
      },
    ],
  },
  {
    name: 'link-without-reread',
    wrong: 'a link takes what was read before it, and asks for no look',
    breaks: 'G3',
    climate: { weights: { create_at_stripe: 4, delete_at_stripe: 5, strip: 0 } },
    patches: [
      {
        file: sources.intent,
        find: '  const wanted = Math.max(doc.wanted, doc.seen + 1)\n',
        replace: '  const { wanted } = doc\n',
      },
    ],
  },
  {
    name: 'email-link-under-create',
    wrong: 'an equal e-mail links a customer whose own create is on its way',
    breaks: 'G2',
    climate: { weights: { create_at_stripe: 5, stripe_fault: 4 } },
    patches: [
      {
        file: sources.adopt,
        find: "  if (single.intent) return single.parked ? insertFor(ports, tenantId, stripeId) : 'come_back'\n",
        replace: '',
      },
      {
        file: sources.adopt,
        find: 'current.stripe_id === undefined && !current.intent && !current.tombstone',
        replace: 'current.stripe_id === undefined && !current.tombstone',
      },
      {
        file: sources.adopt,
        find: 'return linkedTo(decided(current), stripeId, momentOf(ports))',
        replace: 'return { ...linkedTo(current, stripeId, momentOf(ports)), intent: null }',
      },
    ],
  },
  {
    name: 'create-without-generation',
    wrong: 'the create of a second life has the key of the first',
    breaks: 'G11',
    climate: { weights: { delete_at_stripe: 5, call: 12 } },
    patches: [
      {
        file: sources.intent,
        find: 'return `ls:${kind}:${doc._id}:${doc.gen}.${doc.intent_n + 1}`',
        replace:
          "return kind === 'create' ? `ls:create:${doc._id}:1.1` : `ls:${kind}:${doc._id}:${doc.gen}.${doc.intent_n + 1}`",
      },
    ],
  },
  {
    name: 'twin-not-absorbed',
    wrong: 'a twin that nobody touched keeps the Stripe customer that our create made',
    breaks: 'G11',
    climate: { weights: { strip: 5, stripe_fault: 6, deliver: 14 } },
    patches: [
      {
        file: sources.absorbTwin,
        find: '  const at = ports.clock.now()',
        replace: '  if (twin) return false\n  const at = ports.clock.now()',
      },
    ],
  },
  {
    name: 'link-without-look-after-create',
    wrong: 'the answer of a create asks for no look',
    breaks: 'G3',
    climate: { weights: { strip: 5, delete_at_stripe: 5, deliver: 16 } },
    patches: [
      {
        file: sources.intent,
        find: '  return calmed(withReplacedByPush(accepted, intent, moment.now))',
        replace:
          '  return { ...calmed(withReplacedByPush(accepted, intent, moment.now)), wanted: doc.wanted }',
      },
    ],
  },
  {
    name: 'closed-by-foreign-404',
    wrong: 'a 404 ends a command, whosever account answered it',
    breaks: 'G5',
    climate: { weights: { command: 8, wrong_key: 3 } },
    patches: [
      {
        file: sources.gate,
        find: 'if (checked.get(tenantId) === undefined) {',
        replace:
          'if (checked.get(tenantId) === undefined && tenant.account) checked.set(tenantId, tenant.account)\n      if (checked.get(tenantId) === undefined) {',
      },
      {
        file: sources.commandStep,
        find: '  if ([401, 403, 404].includes(answer.status)) {\n    // The key may',
        replace: `  if (answer.status === 404) return commitIntent(ports, doc, intent, (current) => commandRefused(current, refusalOf(answer)))
  if ([401, 403, 404].includes(answer.status)) {
    // The key may`,
      },
    ],
  },
  {
    name: 'unchecked-key',
    wrong: 'a process sends with a key that it has not asked whose it is',
    breaks: 'G12',
    climate: { weights: { wrong_key: 3 } },
    patches: [
      {
        file: sources.gate,
        find: 'if (checked.get(tenantId) === undefined) {',
        replace:
          'if (checked.get(tenantId) === undefined && tenant.account) checked.set(tenantId, tenant.account)\n      if (checked.get(tenantId) === undefined) {',
      },
    ],
  },
]
