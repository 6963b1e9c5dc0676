/** Owns strange values: texts, numbers, encodings and nestings that break careless programs. */
import type { Dice } from './dice.ts'

const texts: readonly string[] = [
  '',
  ' ',
  'null',
  'undefined',
  'NaN',
  'true',
  '[]',
  '{}',
  '%',
  '%00',
  '\0',
  '__proto__',
  'constructor',
  'toString',
  'a[b',
  '][',
  '../..',
  "'; drop table customers",
  '<script>',
  '\u202e',
  '\u{1f600}',
  '👩‍👩‍👧',
  '\ufeff',
  'é'.normalize('NFD'),
  '*'.repeat(40) + 'x',
  '-',
  '\r\n',
  'x'.repeat(6000),
]

const numbers: readonly string[] = [
  '0',
  '-0',
  '-1',
  '1',
  '00',
  '1e9',
  '0x10',
  '1.5',
  '2147483648',
  '99999999999',
  '9007199254740991',
  '-9007199254740991',
  '9007199254740993',
  '1'.repeat(400),
]

/** A text that nobody would send on purpose. */
export function strangeText(dice: Dice): string {
  const choice = dice.under(4)
  if (choice === 0) return dice.pick(texts)
  if (choice === 1) return dice.pick(numbers)
  const length = dice.under(25)
  const unit = choice === 2 ? 0x7f : 0xd7ff
  return Array.from({ length }, () => String.fromCharCode(1 + dice.under(unit))).join('')
}

/** A whole number, small or absurd. */
export function strangeInteger(dice: Dice): string {
  return dice.in(0.7) ? String(dice.under(2000) - 200) : dice.pick(numbers)
}

/** As it stands in a query or a form: encoded, or as only a broken client would send it. */
export function written(dice: Dice, text: string): string {
  if (dice.in(0.9)) return encodeURIComponent(text.toWellFormed())
  const broken = dice.pick(['%', '%f', '%zz', '%ff', '%c3%28', '%ed%a0%80', '%f0%9f', '+', '&', '=', '%00'])
  return `${text.replaceAll(/[^\x21-\x7e]/g, '?').slice(0, 50)}${broken}`
}

/** A JSON value of any kind; deep ones too. */
export function strangeJson(dice: Dice, depth = 0): unknown {
  if (depth === 0 && dice.in(0.05)) return nested(dice.pick([20, 21, 2000]))
  const choice = dice.under(depth > 3 ? 6 : 8)
  if (choice === 0) return null
  if (choice === 1) return dice.in(0.5)
  if (choice === 2) return dice.pick([0, -1, 1.5, 1e308, -1e308, 1e21, Number.MAX_SAFE_INTEGER, 2 ** 31])
  if (choice < 6) return strangeText(dice)
  const inner = Array.from({ length: dice.under(4) }, () => strangeJson(dice, depth + 1))
  return choice === 6
    ? inner
    : Object.fromEntries(inner.map((one, index) => [dice.pick([...texts, `k${index}`]), one]))
}

function nested(depth: number): unknown {
  let value: unknown = 'deep'
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? { a: value } : [value]
  return value
}
