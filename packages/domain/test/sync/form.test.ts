// Form parameters: names and values exactly as Stripe reads them, and the way back from a refused parameter.

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fixedLeaves } from '../../src/sync/canonical.ts'
import { formOf, leavesOfParam } from '../../src/sync/form.ts'
import { anyLeaf, canonicalValue, hostileNames } from '../support/arbitraries.ts'
import { sent } from '../support/documents.ts'

describe('the parameters of a push', () => {
  test('carry a value, and clear with an empty one', () => {
    expect(
      formOf(sent({ name: 'Ada', email: null, 'address.city': 'London', 'address.line2': null })),
    ).toEqual([
      ['name', 'Ada'],
      ['email', ''],
      ['address[city]', 'London'],
      ['address[line2]', ''],
    ])
  })

  test('clear tax_exempt by its own word', () => {
    expect(formOf(sent({ tax_exempt: null }))).toEqual([['tax_exempt', 'none']])
    expect(formOf(sent({ tax_exempt: 'reverse' }))).toEqual([['tax_exempt', 'reverse']])
  })

  test('carry locales in their order, and clear them as a whole', () => {
    expect(formOf(sent({ preferred_locales: '["de","en"]' }))).toEqual([
      ['preferred_locales[0]', 'de'],
      ['preferred_locales[1]', 'en'],
    ])
    expect(formOf(sent({ preferred_locales: null }))).toEqual([['preferred_locales', '']])
  })

  test('carry metadata under the caller’s own name, dots and all', () => {
    for (const name of hostileNames) {
      expect(formOf([{ k: `metadata.${name}`, v: 'x' }])).toEqual([[`metadata[${name}]`, 'x']])
      expect(formOf([{ k: `metadata.${name}`, v: null }])).toEqual([[`metadata[${name}]`, '']])
    }
  })

  test('send shipping leaf by leaf, and clear it as a whole where nothing of it is left', () => {
    expect(
      formOf(sent({ 'shipping.name': 'Ada', 'shipping.phone': null, 'shipping.address.city': 'London' })),
    ).toEqual([
      ['shipping[name]', 'Ada'],
      ['shipping[phone]', ''],
      ['shipping[address][city]', 'London'],
    ])
    expect(formOf(sent({ 'shipping.name': null, 'shipping.address.city': null, name: 'Ada' }))).toEqual([
      ['name', 'Ada'],
      ['shipping', ''],
    ])
  })

  test('are none for no leaves, and never name one thing twice', () => {
    expect(formOf([])).toEqual([])
    const some = fc
      .uniqueArray(anyLeaf, { maxLength: 20 })
      .chain((names) => fc.tuple(...names.map((k) => fc.option(canonicalValue(k)).map((v) => ({ k, v })))))
    fc.assert(
      fc.property(some, (leaves) => {
        const names = formOf(leaves).map(([name]) => name)
        expect(new Set(names).size).toBe(names.length)
      }),
    )
  })
})

describe('a refused parameter', () => {
  const all = [...fixedLeaves, ...hostileNames.map((name) => `metadata.${name}`)].map((k) => ({ k, v: 'x' }))

  test('names the leaf that it was made from', () => {
    for (const { k, v } of all) {
      if (k.startsWith('shipping.') || k === 'preferred_locales') continue
      for (const [param] of formOf([{ k, v }])) expect(leavesOfParam(param, all)).toEqual([k])
    }
  })

  test('in a list names the list', () => {
    expect(
      leavesOfParam('preferred_locales[1]', sent({ preferred_locales: '["a","b"]', name: 'Ada' })),
    ).toEqual(['preferred_locales'])
  })

  test('of shipping names all of the shipping that travelled', () => {
    const travelled = sent({ name: 'A', 'shipping.name': 'B', 'shipping.address.city': 'C' })
    for (const param of [
      'shipping',
      'shipping[name]',
      'shipping[address]',
      'shipping[address][city]',
      'shipping[phone]',
    ]) {
      expect(leavesOfParam(param, travelled)).toEqual(['shipping.name', 'shipping.address.city'])
    }
  })

  test('that is a group names the group that travelled', () => {
    const travelled = sent({ name: 'A', 'address.city': 'B', 'address.country': 'C', 'metadata.x': 'D' })
    expect(leavesOfParam('address', travelled)).toEqual(['address.city', 'address.country'])
    expect(leavesOfParam('metadata', travelled)).toEqual(['metadata.x'])
  })

  test('that is all of metadata names the callers’ entries: a create without our id could never be found again', () => {
    const travelled = sent({ 'metadata.lockstep_id': 'customer-1', 'metadata.x': 'D', 'metadata.y': 'E' })
    expect(leavesOfParam('metadata', travelled)).toEqual(['metadata.x', 'metadata.y'])
    // With nothing else to blame, our marks are.
    expect(leavesOfParam('metadata', travelled.slice(0, 1))).toEqual(['metadata.lockstep_id'])
  })

  test('that is nothing of ours names nothing', () => {
    const travelled = sent({ name: 'A', 'metadata.x': 'D' })
    for (const param of [
      null,
      '',
      'source',
      'customer',
      'names',
      'metadata[y]',
      'nam',
      '[name]',
      'metadat',
    ]) {
      expect(leavesOfParam(param, travelled)).toEqual([])
    }
  })

  test('never names a leaf that did not travel', () => {
    const travelled = fc
      .uniqueArray(anyLeaf, { maxLength: 8 })
      .map((names) => names.map((k) => ({ k, v: 'x' })))
    const param = fc.oneof(fc.string(), fc.constantFrom('metadata', 'address', 'shipping', 'metadata[a][b]'))
    fc.assert(
      fc.property(param, travelled, (name, leaves) => {
        const names = new Set(leaves.map(({ k }) => k))
        for (const leaf of leavesOfParam(name, leaves)) expect(names).toContain(leaf)
      }),
    )
  })
})
