// Owns the record of calls that a budget let through, and how many of them any sliding second held.

import { performance } from 'node:perf_hooks'
import { setTimeout as wait } from 'node:timers/promises'
import type { Budget } from '../../src/stripe/budget.ts'
import type { Priority } from '../../src/stripe/slots.ts'

export interface RecordedCall {
  endpoint: string
  /** Milliseconds of one monotonic clock; `end` is when the answer was there, infinite where none ever came. */
  start: number
  end: number
}

/** Redis counts whole milliseconds, so two of its times may be up to one nearer than they look (ms). */
const secondMs = 999

/** Takes a slot, calls (for `lastsMs`), gives it back, and records it. */
export async function recordedCall(
  budget: Budget,
  calls: RecordedCall[],
  call: { endpoint: string; lastsMs: number; stallMs?: number; priority?: Priority },
): Promise<boolean> {
  const slot = await budget.take(call.endpoint, call.priority)
  if (call.stallMs) await wait(call.stallMs)
  const record = { endpoint: call.endpoint, start: performance.now(), end: Number.POSITIVE_INFINITY }
  calls.push(record)
  await wait(call.lastsMs)
  record.end = performance.now()
  await slot.release(true)
  return slot.waited
}

/** The most calls that began within any sliding second. */
export function mostInASecond(calls: readonly RecordedCall[]): number {
  return Math.max(0, ...calls.map(({ start }) => startsWithin(calls, start, start + secondMs)))
}

/** The most slots that were taken at any moment: a call has its slot until a second after its answer. */
export function mostSlotsAtOnce(calls: readonly RecordedCall[]): number {
  return Math.max(
    0,
    ...calls.map(({ start: t }) => calls.filter(({ start, end }) => start <= t && t < end + secondMs).length),
  )
}

function startsWithin(calls: readonly RecordedCall[], from: number, to: number): number {
  return calls.filter(({ start }) => start >= from && start < to).length
}

/** Calls by endpoint. */
export function of(endpoint: string, calls: readonly RecordedCall[]): RecordedCall[] {
  return calls.filter((call) => call.endpoint === endpoint)
}
