// Owns callers as G7 invites them: every write under its own Idempotency-Key, repeated until it is answered for good;
// and a person at the dashboard, as insistent.
// Promises: whoever calls here writes into the ledger first; an attempt that is not answered in time is given up and
// made again, at the next gateway.

import { setTimeout as pause } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { z } from 'zod'
import { stripeKey } from '../../support/members.ts'
import { emptyLedger, type EditRecord, type Ledger, type Write, type WriteRecord } from './ledger.ts'

export interface CallersOptions {
  /** The gateways, tried in turn. */
  urls: readonly string[]
  apiKey: string
  /** Told of every attempt that got no answer, before it is made again. */
  unanswered?: (write: WriteRecord, error: unknown) => Promise<void> | void
  /** Told of every answer that ended nothing. */
  refused?: (status: number, retryAfter: number | null) => void
}

export interface Callers {
  ledger: Ledger
  /** Resolves when it is answered for good, or given up. */
  write(write: Write): Promise<WriteRecord>
  /** One more time, whatever came of it: a caller who lost the answer. Resolves to what it is told. */
  repeat(write: WriteRecord): Promise<WriteRecord['answer']>
  /** Ends the kept-alive sockets. */
  close(): Promise<void>
}

/** A black hole is not waited for (ms): so much longer than what the write itself asks to wait. */
const attemptMs = 8_000
/** Between two attempts where nobody said how long (ms): longer each time, or callers would hold down what they call. */
const [againMs, againMostMs] = [150, 5_000]
/** After so long without an answer a caller gives up, and that is a finding (ms). */
const patienceMs = 120_000
/** Sockets to one gateway: an open load must not wait in line because some of them hang. */
const socketsMax = 512

const told = z.object({
  code: z.string().optional(),
  data: z.object({ id: z.string() }).optional(),
})

export function openCallers(options: CallersOptions): Callers {
  const agent = new Agent({ connections: socketsMax, pipelining: 1 })
  const ledger = emptyLedger()

  async function attempt(write: Write, url: string) {
    const { statusCode, headers, body } = await request(`${url}${write.path}`, {
      dispatcher: agent,
      method: write.method,
      headers: {
        authorization: `Bearer ${options.apiKey}`,
        'idempotency-key': write.key,
        prefer: write.prefer ?? 'respond-async',
        ...(write.ifMatch !== undefined && { 'if-match': write.ifMatch }),
        ...(write.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(write.body !== undefined && { body: JSON.stringify(write.body) }),
      signal: AbortSignal.timeout(
        attemptMs + 1_000 * Number(/wait=(\d+)/.exec(write.prefer ?? '')?.[1] ?? 0),
      ),
    })
    const { code = null, data } = told.parse(await body.json())
    const after = Number(headers['retry-after'])
    return { status: statusCode, code, id: data?.id ?? null, retryAfter: after > 0 ? after : null }
  }

  async function insist(record: WriteRecord): Promise<void> {
    for (let tries = 0; performance.now() < record.sentAt + patienceMs; tries++) {
      const url = options.urls[tries % options.urls.length] ?? ''
      try {
        const { status, code, id, retryAfter } = await attempt(record, url)
        if (status < 500 && status !== 429) {
          record.answer = { status, code }
          record.answeredAt = performance.now()
          record.customer ??= id
          return
        }
        if (status === 429 || status === 503) record.later++
        else record.broken++
        options.refused?.(status, retryAfter)
        await pause(retryAfter === null ? againMs : retryAfter * 1_000)
      } catch (error) {
        record.unanswered++
        await options.unanswered?.(record, error)
        await pause(Math.min(againMostMs, againMs * 2 ** (record.unanswered - 1)))
      }
    }
  }

  return {
    ledger,
    async write(write) {
      const record: WriteRecord = {
        ...write,
        sentAt: performance.now(),
        unanswered: 0,
        later: 0,
        broken: 0,
        answer: null,
        answeredAt: null,
      }
      ledger.writes.push(record)
      await insist(record)
      return record
    },
    async repeat(write) {
      const { status, code } = await attempt({ ...write, prefer: 'wait=5' }, options.urls[0] ?? '')
      return { status, code }
    },
    close: () => agent.destroy(),
  }
}

export interface Dashboard {
  /** Resolves when Stripe has it. */
  edit(edit: Omit<EditRecord, 'done'>): Promise<void>
}

/** The Stripe API's names of the fields that are edited there. */
const formNames: Record<string, string> = {
  name: 'name',
  description: 'description',
  phone: 'phone',
  'billing_address.city': 'address[city]',
  'metadata.m': 'metadata[m]',
}

/** A person at the dashboard of the Stripe at `url`, in this ledger. */
export function openDashboard(url: string, ledger: Ledger): Dashboard {
  return {
    async edit(edit) {
      const record: EditRecord = { ...edit, done: false }
      ledger.edits.push(record)
      const form = new URLSearchParams(
        edit.values.map(({ field, value }): [string, string] => [formNames[field] ?? field, value]),
      )
      let keys = 0
      for (const end = performance.now() + patienceMs; performance.now() < end; ) {
        const response = await fetch(`${url}/v1/customers/${edit.stripeId}`, {
          method: 'POST',
          headers: {
            authorization: `Bearer ${stripeKey}`,
            'idempotency-key': `dashboard ${edit.values[0]?.value} ${keys}`,
          },
          body: form,
        }).catch(() => null)
        await response?.arrayBuffer().catch(() => null)
        if (response?.status === 200) {
          record.done = true
          return
        }
        // Stripe answers a 500 to its key for ever.
        if (response?.status === 500) keys++
        await pause(againMs)
      }
    },
  }
}
