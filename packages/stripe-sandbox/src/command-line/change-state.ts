/** Owns `stripe-sandbox seed`, `advance` and `reset`: what the sandbox holds, and when it is. */
import { readFixtures } from '../fixtures/fixture-set.ts'
import { isJsonObject, plainText, type JsonObject } from '../json.ts'
import { type Command, CommandError } from './command.ts'
import { durationText, secondsOf } from './duration.ts'
import { seeHelp } from './read-arguments.ts'
import { runningSandbox, urlFlag } from './running-sandbox.ts'

/** Fills the store. */
export const seed: Command = {
  name: 'seed',
  words: 'FILE',
  about: 'Fills the sandbox with fixtures: from a JSON or CSV file, or the word examples.',
  examples: [
    ['stripe-sandbox seed customers.csv', 'One customer a row; the columns are parameters.'],
    ['stripe-sandbox seed examples', 'Two plans, and customers in various states.'],
  ],
  flags: [{ name: 'silent', about: 'Without events: as if all had been there before.' }, urlFlag],
  async run(given) {
    const [name] = given.words
    if (name === undefined) throw new CommandError(`Which file? ${seeHelp(seed)}`)
    // Read from a file or written here: JSON either way.
    const fixtures = readFixtures(name) as JsonObject
    const silent = given.flags['silent'] === true
    const { seeded } = await runningSandbox(given).door('POST', '/fixtures', { fixtures, silent })
    const made = Object.entries(isJsonObject(seeded) ? seeded : {}).map(
      ([kind, count]) => `${kind.replaceAll('_', ' ')} ${plainText(count)}`,
    )
    given.print(made.join(', ') || 'Nothing in it.')
  },
}

/** Moves the clock. */
export const advance: Command = {
  name: 'advance',
  words: 'TIME',
  about: 'Moves the clock; what falls due on the way has happened when it ends.',
  examples: [
    ['stripe-sandbox advance 3d', 'Three days; 90s, 10m, 2h, 1w and 1d12h work too.'],
    ['stripe-sandbox advance 24h', 'Idempotency keys are forgotten, webhooks tried again.'],
  ],
  flags: [urlFlag],
  async run(given) {
    const [text] = given.words
    if (text === undefined) throw new CommandError(`How far? ${seeHelp(advance)}`)
    const { now_ms, ahead_ms } = await runningSandbox(given).door('POST', '/clock/advance', {
      seconds: secondsOf(text),
    })
    const now = new Date(Number(now_ms)).toISOString().slice(0, 19).replace('T', ' ')
    given.print(`It is ${now} UTC there, ${durationText(Number(ahead_ms))} ahead.`)
  },
}

/** Forgets everything. */
export const reset: Command = {
  name: 'reset',
  words: '',
  about: 'Forgets all state, logs and faults. Settings, the clock and what it was started with stay.',
  examples: [['stripe-sandbox reset', 'An empty Stripe again.']],
  flags: [urlFlag],
  async run(given) {
    await runningSandbox(given).door('POST', '/reset')
    given.print('Forgotten.')
  },
}
