import { describe, expect, test } from 'vitest'
import { callersType, eventCatalogue, matchesType, typePattern } from '../src/event/catalogue.ts'

test('no caller can write a type of ours, now or later', () => {
  for (const type of Object.keys(eventCatalogue))
    expect(callersType.safeParse(type).success, type).toBe(false)
})

test('every type of ours can be filtered for, itself and by its first word', () => {
  for (const type of Object.keys(eventCatalogue)) {
    const family = `${type.split('.')[0]}.*`
    expect(typePattern.safeParse(type).success && matchesType([type], type), type).toBe(true)
    expect(typePattern.safeParse(family).success && matchesType([family], type), type).toBe(true)
  }
})

describe('a pattern', () => {
  test.each([
    [[], 'a.b', true],
    [['*'], 'a.b', true],
    [['a.*'], 'a.b', true],
    [['a.*'], 'a.b.c', true],
    [['a.*'], 'ab.c', false],
    [['a.b'], 'a.b', true],
    [['a.b'], 'a.b.c', false],
    [['x.y', 'a.b'], 'a.b', true],
  ])('%j on %s: %s', (patterns, type, taken) => {
    expect(matchesType(patterns, type)).toBe(taken)
  })

  test.each(['*.a', 'a*', 'A.b', 'a..b', '', 'a.*.b', '.a'])('%s is none', (pattern) => {
    expect(typePattern.safeParse(pattern).success).toBe(false)
  })
})
