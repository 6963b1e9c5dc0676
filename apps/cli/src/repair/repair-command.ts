// Owns `lockstep repair`: has the workers compare both sides and put right what differs; or one customer; or only shows it.
// Exit codes: 0 it was asked for (with --watch: it ended; with --dry-run: nothing would be asked for), 3 something differs
// (--dry-run), the tenant is paused, or the customer cannot be asked for, 4 a side cannot be reached, 2 wrong use.

import { systemClock, systemRandom } from '@lockstep/domain/clock/clock'
import { askForPass } from '@lockstep/worker/reconcile/request'
import { type Command, InvalidArgumentError } from 'commander'
import { readSidesEnvironment } from '../environment.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { pausesOf } from '../tenant/resume-tenant.ts'
import { showPauses } from '../tenant/show-pauses.ts'
import { ExitWith, UsageError, newCommand } from '../terminal/command-line.ts'
import { compareSides, ofCustomer } from '../verify/compare-sides.ts'
import { onSides } from '../verify/on-sides.ts'
import type { OpenSides } from '../verify/open-sides.ts'
import { aboutOf, comparisonObject, printComparison, printDifferences } from '../verify/print-comparison.ts'
import {
  customerOf,
  isStripeId,
  type Repair,
  repairCustomer,
  repairOf,
  repairStranger,
} from './repair-customer.ts'
import { passObject, printPass } from './show-pass.ts'
import { watchPass } from './watch-pass.ts'

const notDoneExit = 3

interface Flags {
  dryRun: boolean
  customer?: string
  watch: boolean
  json: boolean
}

/** The command. */
export function repairCommand(): Command {
  return newCommand('repair', 'Compares both sides and has the workers put right what differs.', [
    'pnpm lockstep repair --dry-run',
    'pnpm lockstep repair --watch',
    'pnpm lockstep repair --customer cus_Q2x8sKfUr0mDGn',
  ])
    .option('--dry-run', 'show what would be asked for; nothing is written', false)
    .option('--customer <id>', 'only this one, by our id or by Stripe’s (cus_…)', customerId)
    .option('--watch', 'wait until the workers are through', false)
    .option('--json', 'print one JSON object', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and STRIPE_SECRET_KEY, and where set STRIPE_API_BASE, TENANT_ID
and REDIS_URL. A key of another account than the tenant’s is refused.

Nothing is copied from one side to the other here. Customers that differ are
asked for: a worker looks at Stripe, merges by the usual rules and pushes. One
that nobody here knows is taken in. Doubles are only named: see duplicates.

Ends with 0 (asked for, or nothing to do), 3 (--dry-run: something differs; or
the tenant is paused, or the customer cannot be asked for), 4 (a side cannot be
reached) or 2 (wrong use, or a key of another account).`,
    )
    .action(async (flags: Flags) => {
      if (flags.dryRun && flags.watch) throw new UsageError('With --dry-run there is nothing to watch.')
      const { json } = flags
      const environment = readSidesEnvironment(process.env)
      await onSides(environment, { json, nothingWas: 'nothing was repaired' }, (sides) =>
        flags.customer === undefined ? repairAll(sides, flags) : repairOne(sides, flags.customer, flags),
      )
    })
}

async function repairAll(sides: OpenSides, flags: Flags): Promise<void> {
  const { json } = flags
  if (flags.dryRun) {
    const comparison = await compareSides(sides)
    const about = aboutOf(sides)
    if (json) printObject({ ...about, dry_run: true, ...comparisonObject(comparison) })
    else {
      printComparison(screenFor(false), about, comparison)
      if (!comparison.agreed)
        screenFor(false).note('Nothing was written: pnpm lockstep repair asks for them.')
    }
    if (!comparison.agreed) throw new ExitWith(notDoneExit)
    return
  }
  const { store, tenantId, tenant } = sides
  const world = { store, clock: systemClock, random: systemRandom }
  const asked = await askForPass(world, tenantId, { reason: 'repair', expected: null })
  const screen = screenFor(json)
  const paused = pausesOf(tenant)
  if (paused && !json) {
    showPauses(screen, paused)
    screen.note('The repair begins once the tenant goes on: pnpm lockstep resume')
  }
  const watched =
    flags.watch && !paused ? await watchPass({ store, clock: systemClock, screen }, asked) : null
  const record = watched?.record ?? asked
  if (json) printObject({ tenant: tenantId, ...passObject(record, Date.now()) })
  else {
    printPass(screen, record, { now: Date.now(), paused: paused !== null })
    if (!watched && !paused) screen.note('A worker begins within some seconds: repair --watch follows it.')
  }
  if (paused || watched?.kind === 'paused') throw new ExitWith(notDoneExit)
}

async function repairOne(sides: OpenSides, id: string, { dryRun, json }: Flags): Promise<void> {
  const { store, stripe, tenantId } = sides
  const world = { store, clock: systemClock, random: systemRandom, tenantId }
  const doc = await customerOf(world, id)
  if (!doc && !isStripeId(id)) throw new UsageError(`Tenant ${tenantId} has no customer ${id}.`)
  if (!doc && (await stripe.customer(id)).kind !== 'living')
    throw new UsageError(`Neither tenant ${tenantId} nor its Stripe account has a customer ${id}.`)
  const difference = doc
    ? await ofCustomer(sides, doc)
    : { kind: 'extra' as const, stripe: id, customer: null }
  const repair = await (dryRun
    ? Promise.resolve<Repair>(doc ? repairOf(doc) : 'stranger')
    : doc
      ? repairCustomer(world, doc)
      : repairStranger(world, id))
  if (json) printObject({ tenant: tenantId, customer: doc?._id ?? null, dry_run: dryRun, difference, repair })
  else {
    const screen = screenFor(false)
    if (difference) printDifferences(screen, [difference])
    else screen.done('both sides agree on it')
    screen.note(`${dryRun ? 'would be: ' : ''}${words[repair]}`)
  }
  if (repair === 'parked' || repair === 'gone') throw new ExitWith(notDoneExit)
}

const words: Record<Repair, string> = {
  look: 'asked for: a worker looks at Stripe within some seconds',
  wake: 'asked for: a worker takes it up within some seconds',
  stranger: 'asked for: a worker takes it in within some seconds',
  under_way: 'nothing was asked for: work on it is under way, or none is wanted',
  parked: 'it is parked: see pnpm lockstep parked, then pnpm lockstep retry',
  gone: 'it was purged, or absorbed by another customer',
  known: 'it was the Stripe customer of one here once, and stays without one',
}

function customerId(text: string): string {
  // Ours are UUIDs; Stripe promises no form of its ids but the beginning.
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) || /^cus_\w{1,250}$/.test(text)) return text
  throw new InvalidArgumentError('It must be an id of ours (a UUID) or of Stripe’s (cus_…).')
}
