// Owns the life of a command's call: written down, made, answered, or in doubt (PROTOCOL section 4). Pure.
// States: none → open → none; open → doubt → open under a new key, or none.
// Promises: a command is settled by exactly one write; its place in line is given up in that write.

import { commandCall, isCommand, resultOf, resultOfRepeated, unknownOf, usageOf } from '../command/command.ts'
import type { CommandCall, CustomerDocument, Intent } from '../customer/document.ts'
import { withUsage } from '../customer/usage.ts'
import { type Ending, ended } from '../customer/waiting-commands.ts'
import { bug } from '../error/catalogue.ts'
import type { Operation, StripeRefusal } from '../operation/operation.ts'
import { intentKey, mayCall, reopened, wanting } from './intent.ts'

/** The document with the first waiting command's call written down. */
export function openedCommand(doc: CustomerDocument, operation: Operation, now: number): CustomerDocument {
  if (doc.intent) throw bug('an intent is open already')
  if (doc.stripe_id === undefined) throw bug('a command without a link')
  if (!isCommand(operation.body)) throw bug(`${operation.body.kind} is no command`)
  const { call, form } = commandCall(operation, operation.body, doc.stripe_id)
  const key = intentKey(doc, call.kind)
  const intent: Intent = {
    kind: 'command',
    key,
    form,
    sent: [],
    expect: [],
    since: now,
    first_since: now,
    keys: [key],
    doubt_since: null,
    echoed: false,
    command: call,
  }
  return { ...doc, intent, intent_n: doc.intent_n + 1 }
}

/** The call of an open command intent. */
export function commandOf(intent: Intent): CommandCall {
  if (!intent.command) throw bug('a command intent without its command')
  return intent.command
}

/** Stripe carried it out. The customer has changed there, so a look is due. */
export function commandDone(doc: CustomerDocument, body: unknown): CustomerDocument {
  const intent = openCommand(doc)
  return wanting(closed(counted(doc, intent), { code: null, result: resultOf(commandOf(intent).kind, body) }))
}

/** Stripe knows it already: an earlier call of ours took effect, or another operation's under the same identifier. */
export function commandKnown(doc: CustomerDocument): CustomerDocument {
  const intent = openCommand(doc)
  // The first call of an operation cannot have been repeated by itself.
  const isOurs = intent.keys.length > 1
  return closed(isOurs ? counted(doc, intent) : doc, { code: null, result: resultOfRepeated(intent.form) })
}

function counted(doc: CustomerDocument, { form, command }: Intent): CustomerDocument {
  return command?.kind === 'report_usage' ? withUsage(doc, usageOf(form)) : doc
}

/** Stripe refused it: nothing happened. What it says may mean that we know the customer wrongly: a look is due. */
export function commandRefused(doc: CustomerDocument, stripe: StripeRefusal): CustomerDocument {
  return wanting(closed(doc, { code: 'stripe_refused', stripe }))
}

/** Nobody can tell any more what became of it. */
export function commandParked(doc: CustomerDocument, code: string): CustomerDocument {
  return wanting(closed(doc, { code, parked: true }))
}

/** The outcome will not be told. What can be done twice unseen is simply done again. */
export function commandUnknown(doc: CustomerDocument, now: number): CustomerDocument {
  const intent = openCommand(doc)
  const how = unknownOf(commandOf(intent).kind)
  if (how === 'repeat') return { ...doc, intent: { ...intent, since: now } }
  if (how === 'anew') return reopened(doc, now)
  if (how === 'deduped')
    return mayCall({ ...intent, since: intent.first_since }, now)
      ? reopened(doc, now)
      : commandParked(doc, 'outcome_unknown')
  return { ...doc, intent: { ...intent, doubt_since: intent.doubt_since ?? now } }
}

function openCommand(doc: CustomerDocument): Intent {
  if (doc.intent?.kind !== 'command') throw bug('no command is open')
  return doc.intent
}

function closed(doc: CustomerDocument, ending: Ending): CustomerDocument {
  const { operation_id: id } = commandOf(openCommand(doc))
  const calm = { next_attempt_at: null, tries: 0, waits: 0, last_error: null }
  return { ...ended(doc, id, ending), intent: null, obs: doc.obs + 1, ...calm }
}
