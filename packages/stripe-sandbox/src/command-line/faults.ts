/** Owns `stripe-sandbox faults`: rules by which the sandbox behaves badly. */
import { actionKinds } from '../faults/fault-action.ts'
import { ruleMembers } from '../faults/fault-rule.ts'
import { isJsonObject, plainText, type Json, type JsonObject } from '../json.ts'
import { type Command, CommandError, type Flag, type Given } from './command.ts'
import { seeHelp } from './read-arguments.ts'
import { runningSandbox, type RunningSandbox, urlFlag } from './running-sandbox.ts'

const abouts: { readonly [member: string]: string } = {
  method: 'Requests: GET, POST or DELETE.',
  path: 'Requests: a path, or a template such as /v1/customers/{id}.',
  path_regex: 'Requests: a regular expression for the path.',
  event_type: 'Deliveries: a type of event; may end in *.',
  endpoint: 'Deliveries: the id of the receiver.',
  attempt: 'Deliveries: which attempt, from 1.',
  nth: 'Which of the matches are hit: 1 or 1,3,5.',
  after: 'Leaves so many matches alone.',
  times: 'Hits so often at most.',
  probability: 'Hits with this chance, from 0 to 1.',
  seed: 'Decides which ones chance hits.',
  when: 'before (anything happens) or after (everything did).',
  ms: 'Milliseconds to wait.',
  reason: 'Of a rate_limit: endpoint-rate, global-rate and so on.',
  status: 'From 400 to 599.',
  code: 'The error code of the answer.',
  param: 'The parameter that the answer names.',
  roll_forward_ms: 'Of a server_error: the effect comes so much later.',
  should_retry: 'Of a server_error: Stripe-Should-Retry is true.',
  retry: 'Of a drop: only this attempt, not the event.',
  count: 'Of a duplicate: how many more.',
  behind: 'Of a reorder: behind so many later deliveries.',
}
const switches = ['should_retry', 'retry']
const actionMembers = [...new Set(Object.values(actionKinds).flatMap(({ members }) => members))]

/** Lists, adds and removes rules. */
export const faults: Command = {
  name: 'faults',
  words: '[add|clear] [WHAT]',
  about: 'Lists the rules by which it behaves badly; adds and removes them.',
  more: `add makes one of JSON or of a kind: ${Object.keys(actionKinds).join(', ')}. clear removes one by its id, or all.`,
  examples: [
    [
      'stripe-sandbox faults add cut --method POST --when after --times 1',
      'The next write happens, and nobody hears of it.',
    ],
    ['stripe-sandbox faults add status --status 503 --probability 0.1', 'Every tenth request fails.'],
    ['stripe-sandbox faults add duplicate --event-type customer.*', 'Each webhook comes twice.'],
    ['stripe-sandbox faults', 'Lists them.'],
    ['stripe-sandbox faults clear', 'Removes them.'],
  ],
  flags: [...[...ruleMembers, ...actionMembers].map(flagOf), urlFlag],
  async run(given) {
    const [verb, what] = given.words
    const sandbox = runningSandbox(given)
    if (verb === undefined) return list(sandbox, given)
    if (verb === 'add') return add(sandbox, given, what)
    if (verb !== 'clear') throw new CommandError(`faults does not know ${verb}. ${seeHelp(faults)}`)
    const { removed } = await sandbox.door('DELETE', what === undefined ? '/faults' : `/faults/${what}`)
    given.print(`${plainText(removed)} removed.`)
    return removed === 0 && what !== undefined ? 1 : 0
  },
}

function flagOf(member: string): Flag {
  const about = abouts[member] ?? ''
  const name = member.replaceAll('_', '-')
  return switches.includes(member)
    ? { name, about }
    : { name, value: member === 'when' ? 'WHEN' : 'VALUE', about }
}

async function list(sandbox: RunningSandbox, given: Given): Promise<void> {
  const { faults: found } = await sandbox.door('GET', '/faults')
  const rules = Array.isArray(found) ? found.filter(isJsonObject) : []
  for (const rule of rules) given.print(lineOf(rule))
  if (rules.length === 0) given.print(`There are none. ${seeHelp(faults)}`)
}

async function add(sandbox: RunningSandbox, given: Given, what: string | undefined): Promise<void> {
  if (what === undefined) throw new CommandError(`Which kind? ${seeHelp(faults)}`)
  given.print(
    lineOf(await sandbox.door('POST', '/faults', what.startsWith('{') ? parsed(what) : ruleOf(given, what))),
  )
}

function lineOf({ id, matched, applied, on: _on, ...rule }: JsonObject): string {
  return `${plainText(id)}  ${plainText(matched)} matched, ${plainText(applied)} hit  ${JSON.stringify(rule)}`
}

function parsed(text: string): JsonObject {
  try {
    const value: Json = JSON.parse(text)
    if (isJsonObject(value)) return value
  } catch {
    // Said below, in the same words.
  }
  throw new CommandError(`this is no JSON object: ${text}`)
}

function ruleOf({ flags }: Given, kind: string): JsonObject {
  const valueOf = (member: string) => {
    const value = flags[member.replaceAll('_', '-')]
    return typeof value === 'string' || typeof value === 'boolean'
      ? [[member, typed(member, value)] as const]
      : []
  }
  return {
    ...Object.fromEntries(ruleMembers.flatMap(valueOf)),
    action: { kind, ...Object.fromEntries(actionMembers.flatMap(valueOf)) },
  }
}

/** Numbers are numbers where the text is one; the sandbox checks the rest. */
function typed(member: string, value: string | boolean): Json {
  if (typeof value === 'boolean') return value
  if (member === 'nth') return value.split(',').map(Number)
  return /^\d+(\.\d+)?$/.test(value) ? Number(value) : value
}
