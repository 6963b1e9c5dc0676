// Owns how a reconciliation is told: an object for programs, and for people how far it is, how long it will take, what it found.

import { type Finding, isRunning, type Pass, type Reconciliation } from '@lockstep/domain/reconciliation/pass'
import type { Screen } from '../terminal/screen.ts'

/** A screenful; the JSON has the first hundred. */
const shownMax = 20
/** Customers after which the pace says something. */
const pacedFrom = 200
/** A worker looks for what was asked for every few seconds, and keeps what it took; after this nobody is there (ms). */
const unattendedMs = 60_000

/** As `--json` prints it. */
export function passObject(record: Reconciliation, now: number) {
  const { pass, wish, held } = record
  const { id, reason, asked_at, began_at, ended_at, reading, expected, counts, found } = pass
  return {
    pass: id,
    reason,
    state: ended_at === null ? (began_at === null ? 'waiting' : 'running') : 'ended',
    asked_at: iso(asked_at),
    began_at: iso(began_at),
    ended_at: iso(ended_at),
    reading: ended_at === null ? reading : null,
    expected,
    seconds_left: secondsLeft(pass, now),
    unattended: isUnattended(record, now),
    counts,
    found,
    held,
    next: wish && { reason: wish.reason, asked_at: iso(wish.asked_at) },
  }
}

/** What to do about one that is unattended. */
export const unattendedAdvice = 'No worker is on it: start one with this tenant’s STRIPE_SECRET_KEY.'

/** How long it will take at its pace (s); null where nobody can say. */
export function secondsLeft(pass: Pass, now: number): number | null {
  const { began_at: began, ended_at, expected, counts } = pass
  if (ended_at !== null) return 0
  if (began === null || expected === null || counts.at_stripe < pacedFrom) return null
  const msEach = (now - began) / counts.at_stripe
  return Math.ceil((Math.max(0, expected - counts.at_stripe) * msEach) / 1000)
}

/** It was asked for, and no worker is on it: the tenant is paused, or none runs that has its key. */
export function isUnattended({ pass, leased_until: until }: Reconciliation, now: number): boolean {
  return pass.ended_at === null && Math.max(pass.asked_at, until) + unattendedMs < now
}

/** State, counts, and the first that differed. Why a paused tenant's stands still is told elsewhere. */
export function printPass(
  screen: Screen,
  record: Reconciliation,
  { now, paused }: { now: number; paused: boolean },
): void {
  const { pass, wish } = record
  const { counts, reason } = pass
  const read = `${counts.at_stripe} at Stripe, ${counts.here} here`
  if (isRunning(record)) {
    screen.done(pass.began_at === null ? `asked for (${reason})` : `under way (${reason})`, read)
    const left = secondsLeft(pass, now)
    if (isUnattended(record, now) && !paused) screen.note(unattendedAdvice)
    else if (left !== null) screen.note(`about ${spoken(left)} left, at this pace`)
  } else screen.done(`ended (${reason})`, read)
  screen.note(differences(pass))
  if (counts.under_way > 0) screen.note(`for ${counts.under_way} customers work was under way already`)
  if (pass.found.length > 0) printFindings(screen, pass.found)
  if (wish) screen.note(`another one follows (${wish.reason})`)
}

function differences({ counts }: Pass): string {
  const { missing, extra, drifted, deleted, duplicated, absent, held } = counts
  const kinds = { missing, extra, drifted, deleted, duplicated, absent, held }
  const told = Object.entries(kinds).flatMap(([kind, count]) => (count > 0 ? [`${count} ${kind}`] : []))
  return told.length === 0 ? 'nothing differed' : told.join(', ')
}

function printFindings(screen: Screen, found: readonly Finding[]): void {
  screen.table({
    columns: [
      { header: 'kind' },
      { header: 'customer' },
      { header: 'at Stripe' },
      { header: 'fields', shrinks: true },
    ],
    rows: found
      .slice(0, shownMax)
      .map(({ kind, customer, stripe, fields }) => [kind, customer ?? '', stripe ?? '', fields.join(', ')]),
  })
  if (found.length > shownMax) screen.note('and more: see --json')
}

/** A time as people say it. */
export function spoken(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} minutes`
  return `${(seconds / 3600).toFixed(1)} hours`
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
