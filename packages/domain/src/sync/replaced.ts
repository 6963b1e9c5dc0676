// Owns what is known to have been replaced at Stripe a moment ago, so that a read which still shows it is told from news. Pure.
// Stripe promises nothing of how soon a read shows a write. Taken for news, an old state would undo in our document what was
// pushed, or answer the wish for a look that an edit asked for, and nobody would ask again.

import type { CustomerDocument, SentLeaf } from '../customer/document.ts'
import { type Tree, treeOf } from '../customer/tree.ts'
import type { StripeEventRecord } from '../stripe/stripe-event.ts'
import { stored } from './canonical.ts'

/** Longer than any read lags behind (ms). A true value that comes back so soon waits for it, once. */
const doubtfulMs = 10_000
/** An event of longer ago tells of no change that a read could miss, whatever the clocks differ by (ms). */
const recentMs = 60_000
/** Changes of one customer in that time that are remembered, at most: a read that lags behind more shows none of them. */
const changesMax = 20
/** Stands for the whole customer: there is no such leaf, so a living one shows it as empty. */
const whole = 'deleted'

/** The document after an event: what it tells to have been replaced is not believed again at once. */
export function withReplacedByEvent(
  doc: CustomerDocument,
  event: Pick<StripeEventRecord, 'type' | 'created'>,
  previous: ReadonlyMap<string, string | null>,
  now: number,
): CustomerDocument {
  const gone = /^(v1\.)?customer\.deleted$/.test(event.type) ? [{ k: whole, v: null }] : []
  const leaves = [...gone, ...[...previous].map(([k, v]) => ({ k, v }))]
  // By our own clock, for Stripe's may differ; an event that comes late is doubted on for no longer than one that comes at once.
  const until = Math.min(event.created * 1000 + recentMs, now + doubtfulMs)
  return withReplaced(doc, leaves, { until, now })
}

/** The document after an answer to our own push: what the push replaced is history, what it sent is not. */
export function withReplacedByPush(
  doc: CustomerDocument,
  push: { sent: readonly SentLeaf[]; expect: readonly SentLeaf[] },
  now: number,
): CustomerDocument {
  const observed = treeOf(doc.observed)
  const { replaced = [], ...rest } = doc
  const left = replaced.filter(({ leaves }) => !shows(observed, leaves))
  const sent = new Map(push.sent.map(({ k, v }) => [k, v]))
  // Of several values that were expected of a leaf, the last is the one that stood there.
  const stood = new Map(push.expect.map(({ k, v }) => [k, v]))
  const leaves = [...stood].map(([k, v]) => ({ k, v })).filter(({ k, v }) => sent.get(k) !== v)
  return withReplaced({ ...rest, ...(left.length > 0 && { replaced: left }) }, leaves, {
    until: now + doubtfulMs,
    now,
  })
}

/**
 * Until when (ms) this observation is not to be believed: it shows what is known to have been replaced, so it may be old, and is
 * to be read again. null: it is news.
 */
export function doubtedUntil(doc: CustomerDocument, observed: Tree, now: number): number | null {
  const doubted = (doc.replaced ?? []).filter(({ until, leaves }) => until > now && shows(observed, leaves))
  return doubted.length > 0 ? Math.max(...doubted.map(({ until }) => until)) : null
}

function withReplaced(
  doc: CustomerDocument,
  leaves: readonly SentLeaf[],
  { until, now }: { until: number; now: number },
): CustomerDocument {
  if (leaves.length === 0 || until <= now) return doc
  const standing = doc.replaced?.filter((change) => change.until > now) ?? []
  return { ...doc, replaced: [...standing, { until, leaves: [...leaves] }].slice(-changesMax) }
}

/** All of them: a change may be told together with leaves that it left alone. */
function shows(observed: Tree, leaves: readonly SentLeaf[]): boolean {
  return leaves.every(({ k, v }) => stored(observed, k) === v)
}
