// Owns the planted bugs of observing and merging (PROTOCOL sections 4, 6 and 8).

import { type Plant, sources } from './plant.ts'

export const observingPlants: readonly Plant[] = [
  {
    name: 'payload-by-created',
    wrong: 'an event’s payload is stored if its `created` is not older than the last one’s',
    breaks: 'G3',
    climate: { payload: 'snapshot', weights: { edit: 12, deliver: 14, delete_at_stripe: 0, days: 0 } },
    patches: [
      {
        file: sources.snapshotEvent,
        find: 'isCustomer && previous !== undefined ? JSON.stringify(previous) : null,',
        replace: 'isCustomer ? JSON.stringify({ ...(previous ?? {}), payload: object }) : null,',
      },
      {
        file: sources.echo,
        find: "if (!push) return { doc: wanting(wary), outcome: 'looked' }",
        replace: `if (!push) {
    const { payload } = JSON.parse(event.previous_attributes ?? '{}')
    const last = newest.get(doc._id) ?? 0
    if (!payload || payload.deleted || doc.intent || doc.stripe_id !== payload.id || event.created < last)
      return { doc: wanting(wary), outcome: 'looked' }
    newest.set(doc._id, event.created)
    return { doc: accept(doc, { customer: payload, lookedFor: null, policyFor: noting.policyFor }, moment), outcome: 'looked' }
  }`,
      },
      {
        file: sources.echo,
        find: "import { withConflict } from './observe.ts'",
        replace: "import { accept, withConflict } from './observe.ts'\nconst newest = new Map()",
      },
    ],
  },
  {
    name: 'observe-without-fence',
    wrong: 'a look is accepted though another observation came since it began',
    breaks: 'G3',
    // What a snapshot tells of old values would give it away: a look that shows them is not believed (replaced.ts).
    climate: { payload: 'thin', weights: { edit: 12, stall: 5, stale_read: 0 } },
    patches: [{ file: sources.look, find: 'current.obs === start.obs && ', replace: '' }],
  },
  {
    name: 'observe-under-intent',
    wrong: 'a look is made and accepted while a call of ours is on its way',
    breaks: 'G3',
    climate: { weights: { edit: 12 } },
    patches: [
      { file: sources.look, find: 'current.intent === null && ', replace: '' },
      { file: sources.look, find: 'current.obs === start.obs && ', replace: '' },
      {
        file: sources.plan,
        find: "  if (doc.intent) return { kind: 'resolve' }\n",
        replace: `  if (doc.intent && doc.stripe_id !== undefined && doc.wanted > doc.seen) return { kind: 'look' }
  if (doc.intent) return { kind: 'resolve' }\n`,
      },
    ],
  },
  {
    name: 'answer-settles-wanted',
    wrong: 'the answer of our own call counts as the look that an event asked for',
    breaks: 'G3',
    climate: { weights: { edit: 12 } },
    patches: [
      {
        file: sources.observe,
        find: 'looked === null ? doc.seen : Math.max',
        replace: 'looked === null ? doc.wanted : Math.max',
      },
    ],
  },
  {
    name: 'seen-takes-all',
    wrong: 'a look answers wishes that came after it began',
    breaks: 'G3',
    climate: { weights: { edit: 12 } },
    patches: [
      { file: sources.observe, find: 'Math.max(doc.seen, looked)', replace: 'doc.wanted' },
      // A second net: what an event told to be old is not believed again at once.
      {
        file: sources.replaced,
        find: 'until > now && shows(observed, leaves)',
        replace: 'until < 0 && shows(observed, leaves)',
      },
    ],
  },
  {
    name: 'base-takes-desired',
    wrong: 'an answer makes base what is desired now, not what was sent',
    breaks: 'G4',
    patches: [
      {
        file: sources.intent,
        find: 'base: agreed(linked, intent.sent) }\n  // A stored',
        replace:
          'base: agreed(linked, intent.sent.map(({ k }) => ({ k, v: canonical(k, desiredTree(doc).get(k)) }))) }\n  // A stored',
      },
      {
        file: sources.intent,
        find: "import { isReserved, stored } from './canonical.ts'",
        replace: "import { canonical, desiredTree, isReserved, stored } from './canonical.ts'",
      },
    ],
  },
  {
    name: 'base-not-moved',
    wrong: 'an answer leaves base where it was',
    breaks: 'G4',
    climate: { policy: 'stripe' },
    patches: [
      {
        file: sources.intent,
        find: 'base: agreed(linked, intent.sent) }\n  // A stored',
        replace: 'base: linked.base }\n  // A stored',
      },
    ],
  },
  {
    name: 'unknown-push-not-matched',
    wrong: 'what a push of unknown outcome sent passes for somebody’s edit',
    breaks: 'G4',
    climate: { policy: 'stripe', weights: { stripe_fault: 8 } },
    patches: [
      {
        file: sources.observe,
        find: '.filter((push) => !push.ok && isKept(push, moment.now))',
        replace: '.filter(() => false)',
      },
    ],
  },
  {
    name: 'echo-not-examined',
    wrong: 'an echo is not asked whether the push overwrote an edit',
    breaks: 'G4',
    climate: { weights: { edit: 12 } },
    patches: [
      {
        file: sources.echo,
        find: 'const examined = withOverwritten(wary, push, { previous, policyFor: noting.policyFor }, moment)',
        replace: 'const examined = wary',
      },
    ],
  },
  {
    name: 'echo-always-skipped',
    wrong: 'the echo of a push of unknown outcome asks for no look',
    breaks: 'G3',
    climate: { weights: { stripe_fault: 10, webhooks_lost: 0, half_hour: 2 } },
    patches: [{ file: sources.echo, find: 'if (push.ok) return', replace: 'if (push.key) return' }],
  },
  {
    name: 'conflict-keeps-base',
    wrong: 'a conflict that our side won leaves base, so the next look records it again',
    breaks: 'G4',
    climate: { policy: 'ours', mixed: false, weights: { edit: 12 } },
    patches: [
      {
        file: sources.merge,
        find: '  return { taken, base: new Map(observed), lost }',
        replace: `  const base = new Map(observed)
  for (const { k, by } of lost) if (by === 'merge') input.base.has(k) ? base.set(k, input.base.get(k)) : base.delete(k)
  return { taken, base, lost }`,
      },
    ],
  },
  {
    name: 'missing-base-is-desired',
    wrong: 'at the first link base is what is desired, so our values count as agreed',
    breaks: 'G4',
    climate: { policy: 'ours', mixed: false, weights: { create_at_stripe: 3 } },
    patches: [
      {
        file: sources.observe,
        find: '    base: treeOf(doc.base),\n    observed,',
        replace: `    base: doc.base.length > 0 ? treeOf(doc.base) : new Map([...desiredTree(doc)].map(([k, v]) => [k, canonical(k, v)])),
    observed,`,
      },
      {
        file: sources.observe,
        find: 'import { desiredTree, fromStripe }',
        replace: 'import { canonical, desiredTree, fromStripe }',
      },
    ],
  },
]
