// Owns what each of the fixed scenarios may cost, command by command, with the reason of each. Whoever lowers a count lowers it
// here; whoever has to raise one says in the commit what is bought with it. `docs/performance.md` shows the sums.

import type { Cost, Counted } from './counts.ts'

/** A caller's write becomes durable and wakes the worker. */
const accepted: Counted = {
  // Its place in the customers' order, then itself: shared by all that come in the same millisecond.
  'findAndModify counters': 1,
  'insert operations': 1,
}

/** One event on its way from a document's outbox into the log, and who hears of it. */
const logged: Counted = {
  'insert events': 1,
  'find webhook_endpoints': 1,
}

/** An event of Stripe's is taken in, noted in its customer, and done. */
const noted: Counted = {
  'insert stripe_events': 1,
  'find stripe_events': 1,
  'update stripe_events': 1,
}

/** One change of one customer, from the caller to Stripe and its echo back. */
export const update: Cost = {
  mongo: {
    ...accepted,
    ...logged,
    ...noted,
    // Is it there (gateway); then one read for lane 1, one for lane 2, one for the echo.
    'find customers': 4,
    'find operations': 1,
    'update operations': 1,
    // Applied, trimmed, intent written, answer committed, echo noted.
    'update customers': 5,
    // The record of the call, for the timeline.
    'insert stripe_calls': 1,
  },
  redis: {
    // Rung for the operation and for the echo; each job: taken, finished, the next one asked for.
    'evalsha customer-apply': 10,
    'bzpopmin customer-apply': 4,
    'evalsha stripe-sync': 5,
    'bzpopmin stripe-sync': 2,
    // The slot of Stripe's budget, taken and given back.
    eval: 2,
    // Applied, logged, in step: whoever waits hears of it.
    publish: 4,
  },
  stripe: { 'POST /v1/customers/{id}': 1 },
}

/** One new customer: the same, with its create, its link, and the look that follows every link. */
export const create: Cost = {
  mongo: {
    ...accepted,
    ...noted,
    ...times(logged, 3),
    // Two more than an update's: for the look, and where the echo and the answer meet.
    'find customers': 6,
    'find operations': 1,
    // Whether a first sync may still find this customer at Stripe.
    'find reconciliations': 1,
    'insert customers': 1,
    'update operations': 1,
    // One for each move (intent, answer, look, echo), one or two to empty the outbox after each event, and one where two of them
    // meet and the later one is made again.
    'update customers': 10,
    'insert stripe_calls': 2,
  },
  redis: {
    'evalsha customer-apply': 10,
    'bzpopmin customer-apply': 4,
    'evalsha stripe-sync': 5,
    'bzpopmin stripe-sync': 2,
    eval: 4,
    publish: 6,
  },
  stripe: { 'POST /v1/customers': 1, 'GET /v1/customers/{id}': 1 },
}

/** One edit at the dashboard, told by a webhook and looked at. */
export const webhook: Cost = {
  mongo: {
    ...noted,
    ...logged,
    // For the note, and for the look.
    'find customers': 2,
    // Noted, the look accepted, its event trimmed.
    'update customers': 3,
    'insert stripe_calls': 1,
  },
  redis: {
    'evalsha customer-apply': 5,
    'bzpopmin customer-apply': 2,
    'evalsha stripe-sync': 5,
    'bzpopmin stripe-sync': 2,
    eval: 2,
    publish: 2,
  },
  // The edit itself is the dashboard's.
  stripe: { 'POST /v1/customers/{id}': 1, 'GET /v1/customers/{id}': 1 },
}

/**
 * What one of five hundred changes of a hundred customers may cost, all of them at once. How many share a command depends on who
 * is faster, so there is room: on two cores it was 1 to 2 commands to MongoDB, 3 to Redis, and 0.2 calls.
 */
export const inBurst = { mongo: 4, redis: 6, stripe: 0.3 }

function times(counted: Counted, factor: number): Counted {
  return Object.fromEntries(Object.entries(counted).map(([name, count]) => [name, count * factor]))
}
