// Owns `lockstep duplicates`: lists duplicates, and merges two Stripe customers of one person, by hand.
// Exit codes: 0 they are listed, or merged; 3 nobody agreed, or the merge is refused; 4 a side cannot be reached; 2 wrong use.

import { systemClock, systemRandom } from '@lockstep/domain/clock/clock'
import type { Store } from '@lockstep/domain/store/store'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { type Command, InvalidArgumentError } from 'commander'
import { readSidesEnvironment } from '../environment.ts'
import { asked, onTenant } from '../on-tenant.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { ExitWith, UsageError, wholeNumber, newCommand } from '../terminal/command-line.ts'
import type { Screen } from '../terminal/screen.ts'
import { onSides } from '../verify/on-sides.ts'
import type { OpenSides } from '../verify/open-sides.ts'
import { type Duplicate, listDuplicates } from './list-duplicates.ts'
import { carryOut, MovedOn } from './merge.ts'
import { type MergePlan, type MergeWish, planMerge } from './plan-merge.ts'
import { atStake } from './what-hangs.ts'

const notMergedExit = 3
/** More than a person reads; a program asks for as many as it wants. */
const limitDefault = 100
const limitMax = 10_000

/** The command and its child. */
export function duplicatesCommand(): Command {
  return newCommand(
    'duplicates',
    'Lists Stripe customers that are doubles, and customers that share an e-mail.',
    ['pnpm lockstep duplicates', 'pnpm lockstep duplicates merge --keep cus_A --lose cus_B --dry-run'],
  )
    .option('--limit <count>', 'list at most so many of each kind', wholeNumber(1, limitMax), limitDefault)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and, where set, TENANT_ID. Doubles are found by events and by
every reconciliation; none is ever linked, merged or deleted by itself.

Ends with 0 (they are listed), 4 (MongoDB cannot be reached) or 2 (wrong use).`,
    )
    .action((flags: { limit: number; json: boolean }) =>
      onTenant((store, tenant) => list(store, tenant, flags)),
    )
    .addCommand(mergeCommand())
}

interface MergeFlags extends MergeWish {
  dryRun: boolean
  yes: boolean
  json: boolean
}

function mergeCommand(): Command {
  return newCommand(
    'merge',
    'Merges two Stripe customers of one person: one stays, one becomes a former one.',
    [
      'pnpm lockstep duplicates merge --keep cus_A --lose cus_B --dry-run',
      'pnpm lockstep duplicates merge --keep cus_A --lose cus_B',
    ],
  )
    .requiredOption('--keep <id>', 'the Stripe customer that stays (cus_…)', stripeId)
    .requiredOption('--lose <id>', 'the one that does not (cus_…)', stripeId)
    .option('--absorb', 'end the losing customer of ours, though callers have written to it', false)
    .option('--delete', 'delete the loser at Stripe; else it stays there, marked', false)
    .option('--force', 'with --delete: whatever hangs on it', false)
    .option('--dry-run', 'only show the plan', false)
    .option('--yes', 'do not ask', false)
    .option('--json', 'print one JSON object; without --yes only the plan', false)
    .addHelpText(
      'after',
      `
Reads the variables of repair. Shows the plan first: what becomes of ours, and
what hangs on the loser. Subscriptions, payment methods and balances cannot be
moved by Stripe’s API: move them by hand first, or leave them with the loser.

The loser stays at Stripe with metadata lockstep_merged_into, and never becomes
a customer here again. --delete deletes it, which cancels its subscriptions and
detaches its payment methods for good; that is refused while something hangs on
it, unless --force.

Ends with 0 (they are merged, or --dry-run: may be), 3 (refused, or nobody
agreed), 4 (a side cannot be reached) or 2 (wrong use, or a key of another
account).`,
    )
    .action((flags: MergeFlags, command: Command) => {
      // Commander gives a flag that both have to the parent.
      const json = flags.json || command.parent?.opts()['json'] === true
      if (flags.keep === flags.lose) throw new UsageError('--keep and --lose must be two customers.')
      if (flags.force && !flags.delete) throw new UsageError('--force goes with --delete.')
      return onSides(
        readSidesEnvironment(process.env),
        { json, nothingWas: 'it was not merged, or not to its end' },
        (sides) => merge(sides, { ...flags, json }),
      )
    })
}

async function list(
  store: Store,
  tenant: Tenant,
  { limit, json }: { limit: number; json: boolean },
): Promise<void> {
  const duplicates = await listDuplicates(store, tenant._id, limit)
  if (json) return printObject({ tenant: tenant._id, duplicates })
  const screen = screenFor(false)
  if (duplicates.length === 0) return screen.done('there are no duplicates')
  screen.table({
    columns: [{ header: 'kind' }, { header: 'who', shrinks: true }, { header: 'at Stripe' }],
    rows: duplicates.flatMap(rowsOf),
  })
  screen.note('See what a merge would do: pnpm lockstep duplicates merge --help')
}

function rowsOf(duplicate: Duplicate): string[][] {
  if (duplicate.kind === 'double')
    return duplicate.stripe.map((id, at) => [at === 0 ? 'double' : '', at === 0 ? duplicate.key : '', id])
  return duplicate.customers.map(({ key, stripe }, at) => [
    at === 0 ? 'e-mail' : '',
    at === 0 ? `${duplicate.email}: ${key}` : key,
    stripe ?? '',
  ])
}

async function merge(sides: OpenSides, flags: MergeFlags): Promise<void> {
  const { json, yes, dryRun } = flags
  const screen = screenFor(json)
  const plan = await planMerge(sides, flags)
  if (!plan) throw new UsageError(`Neither ${flags.keep} nor ${flags.lose} is linked to a customer here.`)
  if (!json) printPlan(screen, plan, flags)
  const refused = plan.refusals.length > 0
  const agreed = !refused && !dryRun && (yes || (!json && (await asked('  Merge them? [y/N] '))))
  if (agreed) await done(sides, plan, flags)
  if (json) printObject({ merged: agreed, ...planObject(plan) })
  else if (agreed) screen.done('merged', `${flags.lose} is a former one of ${plan.survivor.key}`)
  else if (!refused) screen.note('Nothing was written.')
  if (refused || (!agreed && !dryRun)) throw new ExitWith(notMergedExit)
}

async function done({ store, http }: OpenSides, plan: MergePlan, wish: MergeWish): Promise<void> {
  try {
    await carryOut({ store, http, clock: systemClock, random: systemRandom }, plan, wish)
  } catch (error) {
    throw error instanceof MovedOn ? new UsageError(`${error.message}.`) : error
  }
}

function planObject({ kind, survivor, absorbed, hanging, refusals }: MergePlan) {
  return {
    plan: kind,
    survivor: { customer: survivor._id, key: survivor.key },
    ends: absorbed && { customer: absorbed._id, key: absorbed.key },
    hangs_on_loser: hanging,
    refusals,
  }
}

function printPlan(screen: Screen, plan: MergePlan, { keep, lose, delete: deletes }: MergeFlags): void {
  const { survivor, absorbed } = plan
  screen.title(`${lose} into ${keep}`)
  screen.line()
  screen.note(
    `customer ${survivor.key} (${survivor._id}) ${plan.kind === 'relink' ? `goes to ${keep}` : 'stays'}`,
  )
  if (absorbed) screen.note(`customer ${absorbed.key} (${absorbed._id}) ends`)
  screen.note(
    `${lose} is ${deletes ? 'deleted at Stripe' : 'left at Stripe, marked, and never a customer here again'}`,
  )
  const stakes = atStake(plan.hanging)
  if (stakes.length > 0) {
    screen.failed('on the loser hangs', stakes.join(', '))
    screen.note(deletes ? 'It would be gone for good.' : 'It stays there: Stripe’s API moves none of it.')
  } else screen.done('nothing hangs on the loser')
  for (const refusal of plan.refusals) {
    screen.failed('refused')
    screen.paragraph(refusal)
  }
}

function stripeId(text: string): string {
  if (/^cus_\w{1,250}$/.test(text)) return text
  throw new InvalidArgumentError('It must be an id of Stripe’s (cus_…).')
}
