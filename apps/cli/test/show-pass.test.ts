// How a pass is told: how far it is, how long it takes, and what to do where nobody goes on with it.

import { PassThrough } from 'node:stream'
import type { Pass, Reconciliation } from '@lockstep/domain/reconciliation/pass'
import { firstReconciliation } from '@lockstep/domain/reconciliation/pass-moves'
import { expect, it } from 'vitest'
import { isUnattended, passObject, printPass, secondsLeft } from '../src/repair/show-pass.ts'
import { openScreen } from '../src/terminal/screen.ts'

const at = 1_767_225_600_000

function running(fields: Partial<Pass> = {}, leasedUntil = 0): Reconciliation {
  const record = firstReconciliation('default', 'pass-1', { reason: 'repair', asked_at: at, expected: 1_000 })
  return { ...record, leased_until: leasedUntil, pass: { ...record.pass, ...fields } }
}

/** Ten customers a second since it began. */
const read = (count: number): Partial<Pass> => ({
  began_at: at,
  counts: { ...running().pass.counts, at_stripe: count },
})

function printed(record: Reconciliation, now: number, paused = false): string {
  const output = new PassThrough()
  printPass(openScreen(output, {}), record, { now, paused })
  return String(output.read() ?? '')
}

it('estimates from its own pace, once that says something', () => {
  expect(secondsLeft(running(read(100)).pass, at + 10_000)).toBeNull()
  expect(secondsLeft(running(read(500)).pass, at + 50_000)).toBe(50)
  expect(secondsLeft(running({ ...read(500), expected: null }).pass, at + 50_000)).toBeNull()
  expect(secondsLeft(running({ ...read(1_000), ended_at: at }).pass, at)).toBe(0)
  expect(printed(running(read(500), at + 90_000), at + 50_000)).toContain('about 50 seconds left')
})

it('is attended while a worker keeps it, and a minute after it was asked for', () => {
  expect(isUnattended(running(), at + 50_000)).toBe(false)
  expect(isUnattended(running(), at + 61_000)).toBe(true)
  expect(isUnattended(running(read(500), at + 100_000), at + 150_000)).toBe(false)
  expect(isUnattended(running(read(500), at + 100_000), at + 161_000)).toBe(true)
  expect(isUnattended(running({ ...read(500), ended_at: at }), at + 9_000_000)).toBe(false)
})

it('says what to do where no worker is on it, unless the tenant is paused', () => {
  const late = at + 600_000
  expect(printed(running(), late)).toMatch(/No worker is on it: start one/)
  expect(printed(running(), late, true)).not.toContain('No worker')
  expect(passObject(running(), late)).toMatchObject({ state: 'waiting', unattended: true })
})
