/** Owns `stripe-sandbox trigger` and `resend`: events on purpose. */
import { eventTypes } from '../events/event-types.ts'
import { isJsonObject, plainText, type Json } from '../json.ts'
import { type Command, CommandError, textFlag } from './command.ts'
import { seeHelp } from './read-arguments.ts'
import { runningSandbox, urlFlag } from './running-sandbox.ts'

/** Causes an event. */
export const trigger: Command = {
  name: 'trigger',
  words: '[TYPE]',
  about: 'Causes an event by the API calls that lead to it; without a TYPE it lists them.',
  examples: [
    ['stripe-sandbox trigger customer.updated', 'Creates a customer, and changes it.'],
    ['stripe-sandbox trigger', 'Lists the types.'],
  ],
  flags: [urlFlag],
  async run(given) {
    const [type] = given.words
    if (type === undefined) return given.print(eventTypes.join('\n'))
    const made = await runningSandbox(given).door('POST', '/trigger', { type })
    for (const id of listOf(made['events'])) given.print(`${plainText(made['type'])}  ${plainText(id)}`)
  },
}

/** Sends an event again. */
export const resend: Command = {
  name: 'resend',
  words: 'EVENT',
  about: 'Sends an event again, once, to all that want it or to one receiver.',
  examples: [
    ['stripe-sandbox resend evt_1Abc', 'To all that want it.'],
    ['stripe-sandbox resend evt_1Abc --endpoint we_1Abc', 'To one.'],
  ],
  flags: [
    { name: 'endpoint', value: 'ID', about: 'A webhook endpoint (we_…) or an event destination (ed_…).' },
    urlFlag,
  ],
  async run(given) {
    const [id] = given.words
    if (id === undefined) throw new CommandError(`Which event? ${seeHelp(resend)}`)
    const endpoint = textFlag(given, 'endpoint')
    const path = `/events/${encodeURIComponent(id)}/resend`
    const { sent } = await runningSandbox(given).door(
      'POST',
      path,
      endpoint === undefined ? {} : { endpoint },
    )
    const results = listOf(sent).filter(isJsonObject)
    for (const one of results)
      given.print(`${plainText(one['result'])}  ${plainText(one['url'])}  ${plainText(one['endpoint'])}`)
    if (results.length === 0) given.print('No receiver that is enabled wants this event; nothing was sent.')
    return results.length > 0 && results.every(({ ok }) => ok === true) ? 0 : 3
  },
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}
