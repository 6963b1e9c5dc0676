import { expect, test } from 'vitest'
import { idOfUse } from '../src/audit/audit.ts'

const morning = Date.parse('2026-03-01T06:00:00Z')
const evening = Date.parse('2026-03-01T23:59:59Z')
const next = Date.parse('2026-03-02T00:00:00Z')

test('the use of a key has one id a day, another for each key, tenant and day', () => {
  const id = idOfUse('acme', 'key_1', morning)
  expect(idOfUse('acme', 'key_1', evening)).toBe(id)
  const others = [
    idOfUse('acme', 'key_1', next),
    idOfUse('acme', 'key_2', morning),
    idOfUse('other', 'key_1', morning),
  ]
  expect(new Set([id, ...others]).size).toBe(4)
})

test('it is a UUID v7 of the day’s beginning, so that the log sorts by it', () => {
  const id = idOfUse('acme', 'key_1', evening)
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(Date.parse('2026-03-01T00:00:00Z'))
})
