// Owns: the provider for a MongoDB that somebody named in MONGO_URL.
// Promises: it is used or it is an error; nothing in it is changed, started or stopped here; no password is shown.
import { givenService, placeOf } from '../given.ts'
import { Unavailable, type Provider } from '../provider.ts'
import { askMongo } from './answers.ts'

/** Choosing a server of a replica set far away takes a second or two; longer means it is not there. */
const answerMs = 3_000

/** The MongoDB of MONGO_URL. */
export const mongoGiven: Provider = {
  name: 'MONGO_URL',
  start: async (request) => {
    const url = request.env.MONGO_URL
    if (!url) throw new Unavailable('not set', 'set it to a MongoDB you have')
    await askMongo(url, answerMs, { ping: 1 }).catch((error: unknown) => {
      throw new Error(`MONGO_URL names ${placeOf(url)}, which does not answer: start it or unset MONGO_URL`, {
        cause: error,
      })
    })
    request.announce(`MongoDB at ${placeOf(url)} (MONGO_URL)`)
    return givenService(url, 'MONGO_URL')
  },
}
