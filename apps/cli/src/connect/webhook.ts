// Owns the webhook endpoint at Stripe of a first connection.
// Promises: found again by its address, so that a second `connect` makes no second one; its secret goes to the file or the screen
// that was asked for, once, and nowhere else; the file is there, and the owner's alone, before Stripe is asked for a secret.

import { type FileHandle, open } from 'node:fs/promises'
import {
  findWebhookEndpoint,
  lackingIn,
  mendedEndpointForm,
  newEndpointForm,
  parseNewEndpoint,
  stripeApiVersion,
  type WebhookEndpoint,
} from '@lockstep/domain/stripe/webhook-endpoint'
import { type StripeAnswer, stripeCalls, type StripeHttp } from '@lockstep/domain/stripe/stripe-http'
import { UsageError } from '../terminal/command-line.ts'
import { StripeUnreachable } from '../verify/stripe-side.ts'

/** created: with its secret, once. mended: it lacked types, or was off. kept: it is as it should be. */
export type WebhookResult =
  | { kind: 'created'; id: string; secret: string; secretFile: string | null }
  | { kind: 'mended' | 'kept'; id: string; otherVersion: string | null }

/** What would be done, for the preview. */
export type WebhookPlan = { kind: 'create' } | { kind: 'mend' | 'keep'; found: WebhookEndpoint }

/** Only its owner reads it. */
const ownerOnly = 0o600

/** What is to be done for this address. @throws StripeUnreachable */
export async function planWebhook(http: StripeHttp, url: string): Promise<WebhookPlan> {
  const found = await findWebhookEndpoint((call) => http.call(call), url)
  if (found === null) return { kind: 'create' }
  if ('kind' in found) throw refusal('the webhook endpoints', found)
  const { types, disabled } = lackingIn(found)
  return { kind: types.length > 0 || disabled ? 'mend' : 'keep', found }
}

/** Does it. @throws UsageError where the file is there already or cannot be made, StripeUnreachable */
export async function setUpWebhook(
  http: StripeHttp,
  plan: WebhookPlan,
  { url, secretFile }: { url: string; secretFile: string | null },
): Promise<WebhookResult> {
  if (plan.kind !== 'create') {
    const { id, api_version } = plan.found
    if (plan.kind === 'mend') {
      const answer = await http.call(stripeCalls.updateWebhookEndpoint(id, mendedEndpointForm(plan.found)))
      if (answer.kind !== 'ok') throw refusal('the webhook endpoint', answer)
    }
    const otherVersion = api_version && api_version !== stripeApiVersion ? api_version : null
    return { kind: plan.kind === 'mend' ? 'mended' : 'kept', id, otherVersion }
  }
  const file = secretFile === null ? null : await newFile(secretFile)
  try {
    const answer = await http.call(stripeCalls.createWebhookEndpoint(newEndpointForm(url)))
    if (answer.kind !== 'ok') throw refusal('a webhook endpoint', answer)
    const { id, secret } = parseNewEndpoint(answer.body)
    await file?.write(`${secret}\n`)
    return { kind: 'created', id, secret, secretFile }
  } finally {
    await file?.close()
  }
}

async function newFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', ownerOnly)
  } catch (error) {
    const why =
      error instanceof Error && 'code' in error && error.code === 'EEXIST'
        ? 'it is there already'
        : 'it cannot be made'
    throw new UsageError(`--secret-file ${path}: ${why}.`)
  }
}

function refusal(what: string, answer: StripeAnswer): Error {
  const why = answer.kind === 'refused' ? `${answer.status} ${answer.code}` : answer.kind
  return new StripeUnreachable(`${what}: ${why}`)
}
