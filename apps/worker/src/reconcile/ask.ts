// Owns what a reconciliation does about a customer that differs: it asks, and the ordinary lanes do the rest.
// Promises: nothing is taken from Stripe's list: a linked customer is asked for by a look (one write of its document), a
// stranger by a note, as a Stripe event would; whoever is under way already, or agrees by now, is left alone; both survive
// a crash, and the sweeper goes on with them. Then the lanes are run here, on calm ports, so that no bell of a backfill stands
// before a bell of a live write.

import { type CustomerDocument, wantsLink } from '@lockstep/domain/customer/document'
import { bug } from '@lockstep/domain/error/catalogue'
import type { Suspicion } from '@lockstep/domain/reconciliation/compare-page'
import { fieldDifferences, isUnderWay } from '@lockstep/domain/reconciliation/difference'
import type { Finding, FindingKind, HeldCustomer } from '@lockstep/domain/reconciliation/pass'
import { noteOfListed } from '@lockstep/domain/stripe/stripe-event'
import { wanting } from '@lockstep/domain/sync/intent'
import { isDue } from '@lockstep/domain/sync/plan'
import type { Ports } from '../ports.ts'
import { adoptStripeCustomer } from '../sync/adopt.ts'
import { syncCustomer } from '../work-stripe-sync.ts'
import { parkCandidates } from './first-sync.ts'
import { refOf, writeCustomer } from '../write-customer.ts'

/** Something to ask for, and how it stands in the record. */
export interface Ask {
  finding: Finding
  /** False: somebody paused the tenant meanwhile. */
  run(ports: Ports): Promise<boolean>
}

/** What to ask for; null where nothing needs to be. */
export function askOf(suspicion: Suspicion, pass: { tenantId: string; id: string }): Ask | null {
  switch (suspicion.kind) {
    case 'drifted': {
      const { doc, listed, fields } = suspicion
      if (isUnderWay(doc)) return null
      return {
        finding: findingOf(
          'drifted',
          doc,
          fields.map(({ field }) => field),
        ),
        run: (ports) =>
          lookAt(ports, doc, (now) => fieldDifferences(now, listed).length > 0 && now.obs === doc.obs),
      }
    }
    case 'absent': {
      const { customerId, stripeId } = suspicion.ref
      return {
        finding: { kind: 'absent', customer: customerId, stripe: stripeId, fields: [] },
        async run(ports) {
          const doc = await ports.store.readCustomer({ tenantId: pass.tenantId, customerId })
          return !doc || lookAt(ports, doc, (now) => now.stripe_id === stripeId)
        },
      }
    }
    case 'extra': {
      const { listed, claimed } = suspicion
      const isDouble = claimed?.stripe_id !== undefined && claimed.stripe_id !== listed.id
      const kind = isDouble ? 'duplicated' : 'extra'
      return {
        finding: { kind, customer: claimed?._id ?? null, stripe: listed.id, fields: [] },
        run: (ports) =>
          isDouble && isOnRecord(claimed, listed.id)
            ? Promise.resolve(true)
            : handOver(ports, pass, listed.id),
      }
    }
  }
}

/** One that a person must decide on: named, and left alone. */
export function askOfHeld(held: HeldCustomer, tenantId: string): Ask {
  return {
    finding: { kind: 'held', customer: null, stripe: held.stripe, fields: [held.why] },
    async run(ports) {
      await parkCandidates(ports, tenantId, held)
      return true
    },
  }
}

/** A document that wants something and that nobody would ever ring for: restored, or put there by hand. */
export function askOfStranded(doc: CustomerDocument): Ask | null {
  if (!isDue(doc) || doc.sync_due_at !== undefined || doc.parked) return null
  const kind = doc.stripe_id === undefined && wantsLink(doc) ? 'missing' : 'drifted'
  return {
    finding: findingOf(kind, doc, []),
    async run(ports) {
      // Any write sets its due date.
      const written = await writeCustomer(ports, doc, (now) =>
        isDue(now) && now.sync_due_at === undefined ? now : null,
      )
      return written.kind !== 'written' || sync(ports, written.doc)
    },
  }
}

/** The kind of an absent one, once its look has told; null where it lives after all. */
export async function kindOfAbsent(
  ports: Ports,
  tenantId: string,
  finding: Finding,
): Promise<FindingKind | null> {
  const { customer, stripe } = finding
  if (finding.kind !== 'absent' || customer === null || stripe === null) return finding.kind
  const doc = await ports.store.readCustomer({ tenantId, customerId: customer })
  if (!doc || doc.former_stripe_ids.includes(stripe)) return 'deleted'
  // Neither the list nor a look knows it. Looked at some times more, it is parked.
  const trouble = doc.parked ?? doc.last_error
  if (doc.stripe_id === stripe && trouble?.code === 'missing_at_stripe') return 'missing'
  return doc.stripe_id === stripe && isUnderWay(doc) ? 'absent' : null
}

function findingOf(kind: FindingKind, doc: CustomerDocument, fields: string[]): Finding {
  return { kind, customer: doc._id, stripe: doc.stripe_id ?? null, fields }
}

async function lookAt(
  ports: Ports,
  doc: CustomerDocument,
  stillDiffers: (now: CustomerDocument) => boolean,
): Promise<boolean> {
  const written = await writeCustomer(ports, doc, (now) =>
    !isUnderWay(now) && stillDiffers(now) ? wanting(now) : null,
  )
  if (written.kind === 'duplicate') throw bug(`asking for a look broke ${written.rule}`)
  // A process before this one may have asked, and died before it looked.
  const { doc: now } = written
  return !now || now.wanted === now.seen || sync(ports, now)
}

async function sync(ports: Ports, doc: CustomerDocument): Promise<boolean> {
  return (await syncCustomer(ports, refOf(doc))) !== 'paused'
}

async function handOver(
  ports: Ports,
  pass: { tenantId: string; id: string },
  stripeId: string,
): Promise<boolean> {
  const { tenantId, id: passId } = pass
  const at = ports.clock.now()
  await ports.store.insertStripeEvents([noteOfListed(tenantId, { passId, stripeId, at })])
  return (await adoptStripeCustomer(ports, tenantId, stripeId)) !== 'paused'
}

function isOnRecord(claimed: CustomerDocument, stripeId: string): boolean {
  return claimed.duplicate_stripe_ids?.includes(stripeId) ?? false
}
