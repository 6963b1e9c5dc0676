/**
 * Owns `stripe-sandbox listen`: a live log, and forwarding.
 * Promises: one line for each event and each attempt; the endpoint that forwarding makes is removed at the end; its secret is shown once.
 */
import type { Attempt } from '../events/attempt.ts'
import { type EventType, eventTypesOf } from '../events/event-types.ts'
import { isThinOnly, thinType } from '../events/thin-event.ts'
import { isJsonObject, plainText, type JsonObject } from '../json.ts'
import type { EventLine, News } from '../live/feed.ts'
import { readNews } from '../live/read-news.ts'
import { type Command, CommandError, type Given, textFlag } from './command.ts'
import { nobodyAt, runningSandbox, type RunningSandbox, urlFlag, urlOf } from './running-sandbox.ts'
import { signalled } from './signalled.ts'

/** Shows events and deliveries as they come. */
export const listen: Command = {
  name: 'listen',
  words: '',
  about: 'Shows events and deliveries as they come, and can forward them to a program.',
  examples: [
    ['stripe-sandbox listen --forward-to localhost:3000/webhooks', 'Shows events, and forwards them.'],
    ['stripe-sandbox listen --events customer.*', 'Those of customers only.'],
    ['stripe-sandbox listen --forward-to localhost:3000/webhooks --thin', 'Forwards their thin twins.'],
  ],
  flags: [
    { name: 'forward-to', value: 'URL', about: 'Makes a webhook endpoint for this address, until Ctrl-C.' },
    { name: 'events', value: 'TYPES', about: 'Types of events, by commas; each may end in *.' },
    { name: 'thin', about: 'Forwards thin events instead of snapshots.' },
    urlFlag,
  ],
  async run(given) {
    const types = wantedTypes(textFlag(given, 'events'))
    const sandbox = runningSandbox(given)
    const target = textFlag(given, 'forward-to')
    if (target === undefined && given.flags['thin'] === true)
      throw new CommandError('--thin goes with --forward-to')
    await sandbox.door('GET', '/health')
    const end = signalled()
    const receiver =
      target === undefined ? undefined : await addReceiver(sandbox, given, urlOf(target), types)
    try {
      await follow({ sandbox, types, receiver, signal: end.signal, print: given.print })
    } finally {
      end.ignore()
      if (receiver) await sandbox.api('DELETE', receiver.path).catch(() => undefined)
    }
  },
}

type Receiver = { readonly id: string; readonly path: string; readonly url: string; readonly secret: string }

type Listening = {
  readonly sandbox: RunningSandbox
  readonly types: ReadonlySet<string> | undefined
  readonly receiver: Receiver | undefined
  readonly signal: AbortSignal
  readonly print: Given['print']
}

async function follow(listening: Listening): Promise<void> {
  const { sandbox, receiver, signal, print } = listening
  let isBegun = false
  try {
    for await (const news of readNews(sandbox.url, { signal })) {
      // Said once it is true: whoever reads it may cause an event at once.
      if (!isBegun) print(greeting(sandbox.url, receiver))
      isBegun = true
      for (const line of linesOf(news, listening)) print(line)
      const isThere = news.state?.receivers.some(({ id }) => id === receiver?.id) ?? true
      if (receiver && !isThere)
        throw new CommandError(
          'The sandbox was reset, or the endpoint of this listener removed. Start it again.',
        )
    }
  } catch (error) {
    if (signal.aborted) return
    if (error instanceof CommandError) throw error
    if (!isBegun) throw nobodyAt(sandbox.url)
  }
  if (!signal.aborted) throw new CommandError(`The sandbox at ${sandbox.url} has ended.`, 4)
}

/** What came together is shown in the order in which it happened: an event, then its deliveries. */
function linesOf(news: News, { types, receiver }: Listening): string[] {
  const wanted = ({ type }: { readonly type: string }) => !types || types.has(type)
  const tried = (news.attempts ?? []).filter(
    (one) => wanted(one) && (!receiver || one.endpoint === receiver.id),
  )
  return [...(news.events ?? []).filter(wanted).map(eventLine), ...tried.map(attemptLine)]
}

function eventLine({ created, type, id }: EventLine): string {
  return `${timeOf(created * 1000)}  ${type.padEnd(40)} ${id}`
}

function attemptLine({ at, ok, result, url, type, next_at, number }: Attempt): string {
  const then = ok ? '' : next_at === null ? ', given up' : `, again at ${timeOf(next_at)}`
  const again = number === null ? ' (by hand)' : number > 1 ? ` (try ${number})` : ''
  return `${timeOf(at)}    → ${result}${then}  ${url}  ${type}${again}`
}

function timeOf(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8)
}

function wantedTypes(text: string | undefined): Set<EventType> | undefined {
  if (text === undefined) return undefined
  const types = text.split(',').flatMap((pattern) => {
    const found = eventTypesOf(pattern.trim())
    if (found.length === 0)
      throw new CommandError(`no event is called ${pattern}. stripe-sandbox trigger lists them`)
    return found
  })
  return new Set(types)
}

async function addReceiver(
  { api }: RunningSandbox,
  given: Given,
  url: string,
  types: ReadonlySet<EventType> | undefined,
): Promise<Receiver> {
  const isThin = given.flags['thin'] === true
  const path = isThin ? '/v2/core/event_destinations' : '/v1/webhook_endpoints'
  const made = await api('POST', path, isThin ? thinReceiver(url, types) : snapshotReceiver(url, types))
  const inner = isJsonObject(made['webhook_endpoint']) ? made['webhook_endpoint'] : {}
  const { id, secret = inner['signing_secret'] } = made
  return { id: plainText(id), path: `${path}/${plainText(id)}`, url, secret: plainText(secret) }
}

const description = 'stripe-sandbox listen'

function snapshotReceiver(url: string, types: ReadonlySet<EventType> | undefined): JsonObject {
  const snapshots = Array.from(types ?? ['*']).filter((type) => !isThinOnly(type))
  return { url, description, enabled_events: snapshots }
}

function thinReceiver(url: string, types: ReadonlySet<EventType> | undefined): JsonObject {
  return {
    name: description,
    type: 'webhook_endpoint',
    event_payload: 'thin',
    enabled_events: types ? Array.from(types, thinType) : ['*'],
    webhook_endpoint: { url },
    include: ['webhook_endpoint.signing_secret'],
  }
}

function greeting(sandbox: string, receiver: Receiver | undefined): string {
  if (!receiver) return `Listening to ${sandbox}. Ctrl-C ends it.\n`
  const { url, secret } = receiver
  return `Forwarding to ${url}. Ctrl-C ends it, and removes the endpoint.\nSigning secret: ${secret}\n`
}
