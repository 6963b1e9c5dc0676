// Owns how a comparison is shown, to programs and to people.

import type { Screen } from '../terminal/screen.ts'
import type { Comparison } from './compare-sides.ts'
import type { OpenSides } from './open-sides.ts'
import type { Difference } from '@lockstep/domain/reconciliation/difference'

/** Whose sides were compared. */
export interface About {
  tenant: string
  account: string
  livemode: boolean
}

/** What stands above a comparison. */
export function aboutOf({ tenant, account }: Pick<OpenSides, 'tenant' | 'account'>): About {
  return { tenant: tenant._id, account, livemode: tenant.livemode }
}

/** A screenful; the JSON has more. */
const shownMax = 20

/** The comparison as `verify --json` prints it: all are counted, the first thousand stand in `differences`. */
export function comparisonObject(comparison: Comparison) {
  return {
    agreed: comparison.agreed,
    customers: comparison.ours,
    stripe_customers: comparison.atStripe,
    held_fields: comparison.heldFields,
    under_way: comparison.underWay,
    counts: comparison.counts,
    differences: comparison.differences,
  }
}

/** Counts, verdict, and the first differences. */
export function printComparison(screen: Screen, about: About, comparison: Comparison): void {
  screen.title(`Tenant ${about.tenant} and ${about.account} (${about.livemode ? 'live' : 'test'} mode)`)
  screen.line()
  printVerdict(screen, comparison)
  screen.line()
}

/** The lines without a title. */
export function printVerdict(screen: Screen, comparison: Comparison): void {
  const { differences, ours, atStripe, heldFields, underWay } = comparison
  const total = Object.values(comparison.counts).reduce((sum, count) => sum + count, 0)
  const counts = `${ours} here, ${atStripe} at Stripe`
  if (comparison.agreed) screen.done('both sides agree', counts)
  else screen.failed(`${total} ${total === 1 ? 'difference' : 'differences'}`, counts)
  if (heldFields > 0) screen.note(`${heldFields} fields differ on record (held): neither pushed nor drift`)
  if (underWay > 0) screen.note(`for ${underWay} customers work is still under way`)
  if (differences.length === 0) return
  printDifferences(screen, differences.slice(0, shownMax))
  if (total > shownMax) screen.note(`and ${total - shownMax} more: see --json`)
}

/** A table of them. */
export function printDifferences(screen: Screen, differences: readonly Difference[]): void {
  screen.table({
    columns: [{ header: 'kind' }, { header: 'customer', shrinks: true }, { header: 'what', shrinks: true }],
    rows: differences.flatMap(rowsOf),
  })
}

function rowsOf(difference: Difference): string[][] {
  switch (difference.kind) {
    case 'drifted':
      return difference.fields.map(({ field, ours, stripe }, at) => [
        at === 0 ? 'drifted' : '',
        at === 0 ? difference.key : '',
        `${field}: ${quoted(ours)} here, ${quoted(stripe)} there`,
      ])
    case 'missing':
      return [
        ['missing', difference.key, `no Stripe customer${difference.stripe ? ` ${difference.stripe}` : ''}`],
      ]
    case 'deleted':
      return [['deleted', difference.key, `${difference.stripe} was deleted at Stripe`]]
    case 'extra':
      return [['extra', difference.customer ?? '', `nobody here is linked to ${difference.stripe}`]]
    case 'duplicated':
      return [['duplicated', difference.customer, difference.stripe.join(', ')]]
  }
}

function quoted(value: string | null): string {
  return value === null ? 'nothing' : JSON.stringify(value)
}
