// Owns how the preview of a first sync is told: an object for programs, and for people the counts, how long it takes, and what a
// person should do about those that would be held.

import type { HeldReason } from '@lockstep/domain/reconciliation/pass'
import { spoken } from '../repair/show-pass.ts'
import type { Screen } from '../terminal/screen.ts'
import type { Preview } from './preview-sync.ts'
import type { WebhookPlan } from './webhook.ts'

/** A screenful; the JSON has the first thousand. */
const shownMax = 20

/** Why one is held, and what to do. */
export const heldAdvice: Record<HeldReason, { why: string; what: string }> = {
  email_of_several_here: {
    why: 'several customers here have its e-mail',
    what: 'Say at Stripe whose it is: metadata[lockstep_id] = our id. Nobody’s: repair --customer cus_… takes it in, and retry frees those parked here.',
  },
  email_of_several_there: {
    why: 'several Stripe customers have the e-mail of one here',
    what: 'Choose: repair --customer cus_… links that one. None of them: pnpm lockstep retry has a new one made.',
  },
  claims_unknown: {
    why: 'it carries the mark of a customer that is not here',
    what: 'Another installation, or a lost database, syncs this account: find out first. Else repair --customer cus_… takes it in.',
  },
}

/** As `--json` prints it. */
export function previewObject(preview: Preview, webhook: WebhookPlan | null) {
  const { atStripe, heldCount, ...rest } = preview
  return {
    at_stripe: atStripe,
    ...rest,
    held: preview.held.map((held) => ({ ...held, ...heldAdvice[held.why] })),
    held_count: heldCount,
    webhook_endpoint: webhook && webhook.kind,
  }
}

/** The counts, and what to do. */
export function printPreview(screen: Screen, preview: Preview, webhook: WebhookPlan | null): void {
  const { atStripe, here, linked, seconds, calls } = preview
  screen.done('both sides were read', `${here} here, ${atStripe} at Stripe, ${linked} linked`)
  const rows: [string, number, string][] = [
    ['link', preview.link, 'Stripe customers that are one of ours'],
    ['create', preview.create, 'customers of ours that Stripe lacks'],
    ['adopt', preview.adopt, 'Stripe customers that become customers here'],
    ['push', preview.push, 'customers to which something is sent'],
    ['merge', preview.differ, 'linked ones that differ'],
    ['double', preview.duplicated, 'named, and left alone: see duplicates'],
    ['hold', preview.heldCount, 'left alone until a person decides'],
  ]
  screen.table({
    columns: [{}, { align: 'right' }, { shrinks: true }],
    rows: rows.map(([what, count, words]) => [what, String(count), words]),
  })
  screen.note(`${calls} calls of Stripe: about ${spoken(seconds)} at a calm rate`)
  if (webhook) screen.note(`webhook endpoint: ${webhookWords[webhook.kind]}`)
  if (preview.heldCount > 0) printHeld(screen, preview)
}

const webhookWords: Record<WebhookPlan['kind'], string> = {
  create: 'would be made',
  mend: 'is there, and would be put right',
  keep: 'is there, as it should be',
}

function printHeld(screen: Screen, { held, heldCount }: Preview): void {
  for (const [why, ofReason] of Map.groupBy(held, (each) => each.why)) {
    screen.section(`held: ${heldAdvice[why].why}`)
    screen.paragraph(heldAdvice[why].what)
    screen.table({
      columns: [{ header: 'at Stripe', shrinks: true }, { header: 'here' }],
      rows: ofReason
        .slice(0, shownMax)
        .map(({ stripe, customers }) => [stripe.join(', '), customers.join(', ')]),
    })
  }
  const listed = held.reduce((sum, { stripe }) => sum + stripe.length, 0)
  if (heldCount > listed || listed > shownMax) screen.note(`${heldCount} in all: see --json`)
}
