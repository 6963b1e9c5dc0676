// Owns the commands of the API's resources: `lockstep customers create --email …`, one for each method of the client.
// Promises: `--dry-run` sends nothing; `--json` prints one object, of a list one on each line; a customer may be named by
// its id or by the caller's own key.

import type { ApiCall, CallOptions, Lockstep, PagedCall } from '@lockstep/client'
import { Command } from 'commander'
import { printObject } from '../terminal/print.ts'
import { newCommand, UsageError, wholeNumber } from '../terminal/command-line.ts'
import { type DescribedCall, describedCalls } from './described-call.ts'
import { exampleOf } from './examples.ts'
import { addFieldFlags, bodyOf, type Given, queryOf } from './field-flags.ts'
import { kebab } from './kebab.ts'
import { apiHelp, withApi } from './open-api.ts'
import { showItems, showObject } from './show-data.ts'

/** Items of a list, unless asked otherwise: what a person reads. */
const itemsDefault = 50
const itemsMax = 1_000_000
/** The API's largest page. */
const pageMax = 100

const groups: Readonly<Record<string, string>> = {
  customers: 'Customers: list, read, create, change and move them.',
  billing: 'What Stripe holds beside a customer: credits, payment methods, tax ids …',
  users: 'Users of yours, each with its one customer.',
  operations: 'What became of a write, and many writes at once.',
  auditLog: 'Who did what that is sensitive.',
  events: 'The event log.',
  stripeEvents: 'What became of a Stripe event.',
  webhookEndpoints: 'Endpoints that events are delivered to.',
}

/** A command for each group, with one for each call. */
export function resourceCommands(): Command[] {
  const byGroup = Map.groupBy(describedCalls(), ({ group }) => group)
  return [...byGroup].map(([group, calls]) => {
    const command = new Command(kebab(group)).description(groups[group] ?? `The API's ${kebab(group)}.`)
    for (const call of calls) command.addCommand(callCommand(call))
    return command
  })
}

function callCommand(call: DescribedCall): Command {
  const command = newCommand(kebab(call.name), call.about, [
    `pnpm lockstep ${kebab(call.group)} ${kebab(call.name)}${exampleOf(call)}`,
  ])
  for (const name of call.names) command.argument(`<${kebab(name)}>`, aboutName(call, name))
  addFieldFlags(command, call)
  if (call.pages) command.option('--limit <count>', 'at most so many', wholeNumber(1, itemsMax), itemsDefault)
  if (call.verb !== 'GET') {
    command
      .option('--idempotency-key <key>', 'a repeat under the same key is done once')
      .option(
        '--if-match <version>',
        'refuse unless it is still at this version',
        wholeNumber(0, 999_999_999),
      )
      .option('--wait <seconds>', 'how long the gateway waits for the outcome', wholeNumber(0, 30))
      .option('--until-synced', 'wait until Stripe has it too', false)
      .option('--dry-run', 'show what would be sent, and send nothing', false)
  }
  return command
    .option('--json', call.pages ? 'print a JSON object on each line' : 'print one JSON object', false)
    .addHelpText('after', apiHelp)
    .action(async (...given: unknown[]) => {
      const names = given.slice(0, call.names.length).map(String)
      await runCall(call, names, command.opts<Given>())
    })
}

async function runCall(call: DescribedCall, names: string[], given: Given): Promise<void> {
  const body = call.body && bodyOf(call, given)
  const query = call.query && queryOf(call, given)
  const json = given['json'] === true
  if (given['dryRun'] === true) {
    const path = call.path.replaceAll(/\{\w+\}/g, () => encodeURIComponent(names.shift() ?? ''))
    return printObject({ dry_run: true, method: call.verb, path, body: body ?? null })
  }
  await withApi(async (api) => {
    const named = isOfCustomer(call) ? [await customerId(api, names[0] ?? ''), ...names.slice(1)] : names
    const more = call.pages ? { limit: Math.min(limitOf(given), pageMax) } : {}
    const args = [
      ...named,
      ...(body ? [body] : []),
      ...(query ? [{ ...query, ...more }] : []),
      optionsOf(given),
    ]
    const answer = methodOf(api, call)(...args)
    const shown = { json, group: call.group }
    if (Symbol.asyncIterator in answer) return await showItems(firstOf(answer, limitOf(given)), shown)
    const data = await answer
    if (Array.isArray(data)) return await showItems(firstOf(data, itemsMax), shown)
    if (json) printObject(Object(data))
    else showObject(data)
  })
}

type Method = (...args: unknown[]) => ApiCall<unknown> | PagedCall<unknown>

/** The client's method. Its table and the description are written from the same operations. */
function methodOf(api: Lockstep, { group, name }: DescribedCall) {
  const groups: Readonly<Record<string, unknown>> = { ...api }
  const methods = groups[group] as Readonly<Record<string, Method>>
  const method = methods[name]
  if (!method) throw new Error(`bug: the client has no ${group}.${name}`)
  return method
}

function optionsOf(given: Given): CallOptions {
  const { idempotencyKey, ifMatch, wait, untilSynced } = given
  return {
    ...(typeof idempotencyKey === 'string' && { idempotencyKey }),
    ...(typeof ifMatch === 'number' && { ifMatch }),
    ...(typeof wait === 'number' && { wait }),
    ...(untilSynced === true && { untilSynced }),
  }
}

function limitOf({ limit }: Given): number {
  return typeof limit === 'number' ? limit : itemsDefault
}

async function* firstOf(items: AsyncIterable<unknown> | Iterable<unknown>, most: number) {
  let count = 0
  for await (const item of items) {
    yield item
    count += 1
    if (count >= most) return
  }
}

function isOfCustomer({ path }: DescribedCall): boolean {
  return path.startsWith('/v1/customers/{id}')
}

/** Our id, or the caller's own key. */
async function customerId(api: Lockstep, name: string): Promise<string> {
  if (name === '') throw new UsageError('the name of a customer is empty')
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)
  return isId ? name : (await api.customers.getByKey(name)).id
}

function aboutName(call: DescribedCall, name: string): string {
  return name === 'id' && isOfCustomer(call) ? 'our id, or your own key' : ''
}
