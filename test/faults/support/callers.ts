// Owns callers as G7 invites them: every write under its own Idempotency-Key, repeated until it is acknowledged.
// Promises: what these functions resolve with was answered 2xx; whatever was not is sent again, by the same key.

import { api, type Answer } from '../../support/api.ts'
import type { Stack } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

/** Callers at a time: enough that a kill strikes among them, few enough for a small machine. */
const lines = 6

export interface Write {
  method: string
  path: string
  body?: unknown
  /** The Idempotency-Key. */
  key: string
}

export interface CallerOptions {
  /** Which gateway takes the n-th attempt; default: always the first. */
  gateway?: (attempt: number) => number
  /** Default: does not wait for the outcome. */
  prefer?: string
  /** Told of each answer that was no acknowledgement; null: no answer at all. */
  refused?: (answer: Answer | null) => void
}

/** One write, repeated until its 2xx. */
export async function insist(stack: Stack, write: Write, options: CallerOptions = {}): Promise<Answer> {
  let attempt = 0
  const headers = { 'idempotency-key': write.key, prefer: options.prefer ?? 'respond-async' }
  return until(`${write.method} ${write.path} is acknowledged`, async () => {
    const gateway = options.gateway?.(attempt++) ?? 0
    const answer = await api(stack, write.method, write.path, write.body, { headers, gateway }).catch(
      () => null,
    )
    if (answer && answer.status < 300) return answer
    options.refused?.(answer)
    return null
  })
}

/** All of them, some at a time; `told` hears of each acknowledgement. */
export async function insistAll(
  stack: Stack,
  writes: Write[],
  options: CallerOptions & { told?: (acknowledged: number) => void } = {},
): Promise<Answer[]> {
  const answers: Answer[] = []
  const waiting = writes.entries()
  let acknowledged = 0
  const line = async () => {
    for (const [index, write] of waiting) {
      answers[index] = await insist(stack, write, options)
      options.told?.(++acknowledged)
    }
  }
  await Promise.all(Array.from({ length: lines }, line))
  return answers
}

/** `count` creates named after `prefix`, keys and Idempotency-Keys alike. */
export function creates(prefix: string, count: number): Write[] {
  return Array.from({ length: count }, (_, index) => {
    const key = `${prefix}-${index}`
    return { method: 'POST', path: '/v1/customers', body: { key, name: `${prefix} ${index}` }, key }
  })
}

/** One update for each customer, with a value of its own. */
export function updates(prefix: string, customerIds: readonly string[]): Write[] {
  return customerIds.map((id, index) => {
    const key = `${prefix}-${index}`
    return { method: 'PATCH', path: `/v1/customers/${id}`, body: { description: key }, key }
  })
}

/** The customers that these answers are about. */
export function idsOf(answers: readonly Answer[]): string[] {
  return answers.map(({ data }) => String(data['id']))
}

/** What happens at the n-th acknowledgement. `told` goes to the callers; `over` resolves when all of it was done. */
export function strikes(at: Readonly<Record<number, () => Promise<void>>>) {
  const struck: Promise<void>[] = []
  return {
    told: (acknowledged: number): void => {
      const strike = at[acknowledged]
      if (strike) struck.push(strike())
    },
    over: async (): Promise<void> => {
      await Promise.all(struck)
    },
  }
}
