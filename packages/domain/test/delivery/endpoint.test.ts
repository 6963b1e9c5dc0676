import { describe, expect, test } from 'vitest'
import {
  afterAttempts,
  type Attempt,
  disabledFor,
  type Endpoint,
  enabledAgain,
  isReady,
  nextTryAt,
  signingSecrets,
} from '../../src/delivery/endpoint.ts'

const at = 1_767_225_600_000
const dayMs = 24 * 60 * 60 * 1000

const endpoint: Endpoint = {
  _id: 'endpoint-1',
  tenant_id: 'default',
  rev: 1,
  url: 'https://example.com/hooks',
  description: null,
  types: [],
  disabled: null,
  secrets: [],
  cursor: 0,
  failures: 0,
  failing_since: null,
  next_attempt_at: null,
  created_at: at,
  updated_at: at,
}

function attempt(fields: Partial<Attempt> = {}): Attempt {
  return {
    _id: 'attempt-1',
    tenant_id: 'default',
    endpoint_id: 'endpoint-1',
    event_id: 'event-1',
    type: 'customer.updated',
    at,
    ok: false,
    status: 500,
    error: 'status',
    ms: 1,
    ...fields,
  }
}

const failed = (count: number, fields: Partial<Attempt> = {}) =>
  Array.from({ length: count }, () => attempt(fields))

describe('an endpoint', () => {
  test('that fails now and then is not left alone: one event may be the fault of its own', () => {
    const mixed = [...failed(4), attempt({ ok: true, status: 200, error: null }), ...failed(4)]
    const after = afterAttempts(endpoint, mixed, at)
    expect(after).toMatchObject({ failures: 4, failing_since: at, next_attempt_at: null })
    expect(isReady(after, at)).toBe(true)
  })

  test('that fails on rests longer and longer, and an hour at most', () => {
    const rests = [5, 6, 7, 8, 9, 10, 50].map(
      (count) => (afterAttempts(endpoint, failed(count), at).next_attempt_at ?? 0) - at,
    )
    expect(rests).toEqual([5_000, 30_000, 120_000, 600_000, 3_600_000, 3_600_000, 3_600_000])
  })

  test('is at work again after one success', () => {
    const resting = afterAttempts(endpoint, failed(9), at)
    const back = afterAttempts(resting, [attempt({ ok: true, status: 204, error: null })], at)
    expect(back).toMatchObject({ failures: 0, failing_since: null, next_attempt_at: null })
  })

  test('is disabled after five days without a success, and no sooner', () => {
    const failing = afterAttempts(endpoint, failed(1), at)
    const later = at + 5 * dayMs
    expect(afterAttempts(failing, failed(1, { at: later - 1 }), later - 1).disabled).toBeNull()
    expect(afterAttempts(failing, failed(1, { at: later }), later).disabled).toEqual({
      reason: 'failing',
      at: later,
    })
  })

  test('that says it is gone is disabled at once', () => {
    expect(afterAttempts(endpoint, failed(1, { status: 410 }), at).disabled?.reason).toBe('gone')
  })

  test('that was disabled by a caller stays so whatever was still under way', () => {
    const off = disabledFor(endpoint, 'caller', at)
    expect(afterAttempts(off, failed(1, { status: 410 }), at + 1).disabled).toEqual(off.disabled)
    expect(isReady(enabledAgain(off), at)).toBe(true)
  })

  test('signs with the newest secret first, and with older ones until they expire', () => {
    const secrets = [
      { sealed: 'new', made_at: at, expires_at: null },
      { sealed: 'old', made_at: at, expires_at: at + 10 },
    ]
    expect(signingSecrets({ ...endpoint, secrets }, at + 9)).toEqual(['new', 'old'])
    expect(signingSecrets({ ...endpoint, secrets }, at + 10)).toEqual(['new'])
  })
})

test('one event is tried for three days, later each time, and then given up', () => {
  const delays: number[] = []
  for (let tries = 1; ; tries++) {
    const due = nextTryAt(tries, at, 0)
    if (due === null) break
    delays.push(due - at)
  }
  expect(delays).toEqual(delays.toSorted((a, b) => a - b))
  const total = delays.reduce((sum, delay) => sum + delay, 0)
  expect(total).toBeGreaterThan(3 * dayMs)
  expect(total).toBeLessThan(4 * dayMs)
})
