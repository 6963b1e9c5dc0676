import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { keyOf, openingKey, seal } from '../../src/delivery/sealing.ts'

function anyKey() {
  const key = openingKey(randomBytes(32).toString('base64'))
  if (!key) throw new Error('the key is none')
  return key
}

test('what was sealed to the public half opens with the private one, for its context alone', () => {
  const key = anyKey()
  const sealed = seal({ _id: key.id, public_key: key.publicKey }, 'whsec_abc', 'tenant/endpoint')
  expect(keyOf(sealed)).toBe(key.id)
  expect(key.open(sealed, 'tenant/endpoint')).toBe('whsec_abc')
  expect(() => key.open(sealed, 'tenant/other')).toThrow()
})

test('another key opens nothing, and a changed byte opens nothing', () => {
  const [key, other] = [anyKey(), anyKey()]
  const sealed = seal({ _id: key.id, public_key: key.publicKey }, 'whsec_abc', 'c')
  expect(() => other.open(sealed, 'c')).toThrow()
  const changed = `${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`
  expect(() => key.open(changed, 'c')).toThrow()
})

test('the same secret is sealed differently each time, and does not stand in it', () => {
  const key = anyKey()
  const half = { _id: key.id, public_key: key.publicKey }
  const [one, two] = [seal(half, 'whsec_abc', 'c'), seal(half, 'whsec_abc', 'c')]
  expect(one).not.toBe(two)
  expect(Buffer.from(one.split('.')[1] ?? '', 'base64url').includes('whsec_abc')).toBe(false)
})

test('a key that is not 32 bytes is none', () => {
  for (const text of ['', 'short', randomBytes(31).toString('base64'), randomBytes(33).toString('base64')])
    expect(openingKey(text), text).toBeNull()
})
