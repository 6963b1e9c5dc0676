// Owns the planted bugs that were none: gaps of PROTOCOL that the simulation found, each put back.

import { type Plant, sources } from './plant.ts'

export const foundPlants: readonly Plant[] = [
  {
    name: 'written-twice-unseen',
    wrong: 'a caller’s value that is the agreed one again passes for untouched',
    breaks: 'G4',
    climate: { oldValues: 0.8, policy: 'ours', mixed: false, weights: { edit: 12, call: 16 } },
    patches: [
      {
        file: sources.returned,
        find: '  if (leaves.length === 0) return doc\n',
        replace: '  if (leaves.length >= 0) return doc\n',
      },
    ],
  },
  {
    name: 'old-read-believed',
    wrong: 'a read that shows what was replaced a moment ago is taken for news',
    breaks: 'G3',
    climate: { payload: 'snapshot', weights: { stale_read: 8, edit: 12 } },
    patches: [
      {
        file: sources.replaced,
        find: 'until > now && shows(observed, leaves)',
        replace: 'until < 0 && shows(observed, leaves)',
      },
    ],
  },
  {
    name: 'stored-answer-believed',
    wrong: 'a stored answer is accepted as an observation',
    breaks: 'G4',
    climate: { oldValues: 0.8, weights: { edit: 12, call: 14, stripe_fault: 8 } },
    patches: [
      {
        file: sources.intent,
        find: '  if (answer.replayed)\n    return',
        replace: '  if (answer.replayed && doc.rev < 0)\n    return',
      },
      {
        file: sources.intent,
        find: '  return calmed(withReplacedByPush(accepted, intent, moment.now))',
        replace:
          '  return calmed(answer.replayed ? wanting(accepted) : withReplacedByPush(accepted, intent, moment.now))',
      },
    ],
  },
  {
    name: 'purged-comes-back',
    wrong: 'a Stripe customer whose owner was purged while it was read becomes a new customer',
    breaks: 'G2',
    patches: [
      {
        file: sources.adopt,
        find: '  if (!owner && (await areOfFormer(ports, tenantId, stripeId, events)))',
        replace: '  if (tenantId.length === 0)',
      },
    ],
  },
  {
    name: 'effect-not-agreed',
    wrong: 'an update of unknown outcome whose echo was heard counts as one that did nothing',
    breaks: 'G4',
    patches: [
      {
        file: sources.merge,
        find: 'o : effected(input.unknownPushes, leaf, before)',
        replace: 'o : before',
      },
    ],
  },
  {
    name: 'late-strike-unseen',
    wrong: 'an update that strikes late is held against what it was planned from alone',
    breaks: 'G4',
    patches: [{ file: sources.echo, find: '(lost === shown && !outdated)', replace: 'lost === shown' }],
  },
  {
    name: 'old-read-parks-purge',
    wrong: 'a purge whose Stripe customer somebody deleted is parked where an old read still shows it living',
    breaks: 'G11',
    patches: [
      {
        file: 'apps/worker/src/sync/purge.ts',
        find: ': waitAndRetry(ports, doc, oldNews)',
        replace: ": park(ports, doc, 'missing_at_stripe')",
      },
    ],
  },
]
