// Owns the judgement over values: no write is lost in silence (G4).

import type { CustomerDocument } from '@lockstep/domain/customer/document'
import { treeOf } from '@lockstep/domain/customer/tree'
import { canonical } from '@lockstep/domain/sync/canonical'
import { heldLeaves } from '@lockstep/domain/sync/plan'
import type { Applied, Edit, Sent } from '../history.ts'
import { nameOf } from '../watched-store.ts'
import type { Side } from './side.ts'

interface Write {
  by: 'api' | 'dashboard'
  at: number
  value: string
  first: boolean
}

/** G4: the last value written to a leaf stands in the end, or is on record as lost after it was written. */
export function silentLosses(side: Side, doc: CustomerDocument): string[] {
  const { history } = side.world
  const desired = treeOf(doc.desired)
  const held = new Set(heldLeaves(doc).map(({ k }) => k))
  const ids = new Set([doc.stripe_id, ...doc.former_stripe_ids])
  const edits = history.edits.filter(({ stripeId }) => ids.has(stripeId))
  const sent = new Map(
    history.sent.flatMap((each) => [...each.operationIds].map((id) => [id, each] as const)),
  )
  const api = history.applied.filter(({ customerId }) => customerId === doc._id)
  const leaves = new Set([...edits.map(({ leaf }) => leaf), ...api.flatMap(({ changed }) => [...changed])])
  return [...leaves].flatMap((leaf) => {
    const stands = canonical(leaf, desired.get(leaf)) ?? ''
    const isGone = ({ value, at, first }: Write) => {
      if (first && value === '') return false
      const form = canonical(leaf, value) ?? ''
      const lost = history.lost.some(
        (each) => each.customerId === doc._id && each.leaf === leaf && each.value === form && each.at >= at,
      )
      return stands !== form && !lost && !held.has(leaf)
    }
    const byApi = api
      .filter(({ changed }) => changed.has(leaf))
      .flatMap((each) => writeOf(sent.get(each.operationId), leaf, each))
    const there = edits.filter((each) => each.leaf === leaf)
    const last = lastWrite(byApi, there)
    if (!last || !isGone(last)) return []
    const ours = byApi.at(-1)
    // An edit that was undone before we looked is none to us: what a caller wrote before it may stand, too.
    if (last.by === 'dashboard' && there.at(-1)?.back && ours && !isGone(ours)) return []
    if (last.by === 'dashboard' && diedSince(side, doc, there)) return []
    // At a first link, and where events tell no old values, an old read may show the very value that a caller wrote since.
    const untold = last.first || side.world.climate.payload === 'thin'
    if (untold && history.staleOf.has(doc.stripe_id ?? '')) return []
    // An old read showed the very value that a caller wrote since (ARCHITECTURE.md, "What an old read can hide").
    const stoodThere = [...there, ...byApi.slice(0, -1)].some(({ value }) => value === last.value)
    if (last.by === 'api' && stoodThere && history.staleOf.has(doc.stripe_id ?? '')) return []
    // What stands may be a later edit of a customer that was deleted there since.
    if (
      last.by === 'api' &&
      edits.some((each) => each.leaf === leaf && each.value === stands && each.at >= last.at)
    )
      return []
    return [
      `G4: ${nameOf(doc._id)} ${leaf}: ${last.value} (${last.by}, step ${last.at}) is gone without a record; ${stands} stands`,
    ]
  })
}

/** G4: what a person typed at Stripe was seen by a look, typed over by a person, or is on record as lost. */
export function unseenEdits({ world: { history } }: Side, doc: CustomerDocument): string[] {
  const held = new Set(heldLeaves(doc).map(({ k }) => k))
  const edits = history.edits.filter(({ stripeId }) => stripeId === doc.stripe_id)
  return edits
    .filter((edit, index) => {
      if (edit.seen || edit.back || (edit.first && edit.value === '') || held.has(edit.leaf)) return false
      if (edits.slice(index + 1).some(({ leaf }) => leaf === edit.leaf)) return false
      const form = canonical(edit.leaf, edit.value) ?? ''
      return !history.lost.some(
        ({ customerId, leaf, value, at }) =>
          customerId === doc._id && leaf === edit.leaf && value === form && at >= edit.at,
      )
    })
    .map(
      ({ leaf, value, at }) =>
        `G4: ${nameOf(doc._id)} ${leaf}: ${value} (dashboard, step ${at}) was never seen, and is not on record`,
    )
}

function writeOf(sent: Sent | undefined, leaf: string, { at, first }: Applied): Write[] {
  const value = sent?.written.find((each) => each.leaf === leaf)?.value
  return value === undefined ? [] : [{ by: 'api', at, value, first }]
}

/** The last of both; of two in one step the API's counts, since the other's answer came before. */
function lastWrite(api: readonly Write[], edits: readonly Edit[]): Write | undefined {
  const ours = api.at(-1)
  const theirs = edits.at(-1)
  if (!theirs || (ours && ours.at >= theirs.at)) return ours
  return { by: 'dashboard', at: theirs.at, value: theirs.value, first: theirs.first }
}

/** The Stripe customer that was edited was deleted there: its values went with it. */
function diedSince({ world }: Side, doc: CustomerDocument, edits: readonly Edit[]): boolean {
  const last = edits.at(-1)
  return (
    last !== undefined &&
    doc.former_stripe_ids.includes(last.stripeId) &&
    world.history.deletedAtStripe.has(last.stripeId)
  )
}

/** A value is lost as often as somebody wrote it, at most; a 500 that strikes later may write it once more. */
export function repeatedLosses({ world: { history }, documents }: Side): string[] {
  return documents.flatMap((doc) => {
    const ids = new Set([doc.stripe_id, ...doc.former_stripe_ids])
    const lost = history.lost.filter(({ customerId }) => customerId === doc._id)
    return [...new Set(lost.map(({ leaf }) => leaf))].flatMap((leaf) => {
      const times = lost.filter((each) => each.leaf === leaf).length
      const written =
        history.edits.filter((each) => each.leaf === leaf && ids.has(each.stripeId)).length +
        history.applied.filter(({ customerId, changed }) => customerId === doc._id && changed.has(leaf))
          .length
      if (times <= written + history.serverErrors) return []
      return [
        `G4: ${nameOf(doc._id)} ${leaf} was recorded as lost ${times} times, and written ${written} times`,
      ]
    })
  })
}
