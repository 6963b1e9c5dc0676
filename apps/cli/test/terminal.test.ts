import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import stringWidth from 'string-width'
import { describe, expect, it } from 'vitest'
import { readCustomerCsv } from '../src/import/chinook-csv.ts'
import { openScreen } from '../src/terminal/screen.ts'
import { clipped, tableLines } from '../src/terminal/table.ts'

const { customers } = readCustomerCsv(
  readFileSync(new URL('../../../data/chinook-customers.csv', import.meta.url), 'utf8'),
)

function printed(print: (screen: ReturnType<typeof openScreen>) => void, env = {}, tty = false): string {
  const output = Object.assign(new PassThrough(), { isTTY: tty })
  print(openScreen(output, env))
  return String(output.read() ?? '')
}

describe('a table', () => {
  const names = [
    ...customers.map(({ name }) => name ?? ''),
    '王小明',
    'Zoe\u0301 de\u0301compose\u0301e',
    '👩‍👩‍👧 Fam',
  ]

  it('keeps its columns below one another, whatever the alphabet', () => {
    const lines = tableLines({
      columns: [{ header: 'name' }, { header: 'n', align: 'right' }],
      rows: names.map((name, at) => [name, String(at)]),
    })
    expect(new Set(lines.map((line) => stringWidth(line))).size).toBe(1)
  })

  it('never grows wider than 80 columns: the column that shrinks gives way', () => {
    const lines = tableLines({
      columns: [{ header: 'key' }, { header: 'text', shrinks: true }, { header: 'why' }],
      rows: [['chinook-1', '王'.repeat(90), 'too long']],
    })
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(80)
    expect(lines[1]).toMatch(/王…\s+too long$/)
  })
})

it('text is cut between letters, not inside one', () => {
  expect(clipped('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…')
  expect(clipped('👩‍👩‍👧👩‍👩‍👧', 3)).toBe('👩‍👩‍👧…')
  expect(clipped('short', 5)).toBe('short')
})

describe('the screen', () => {
  it('is at most 80 columns wide', () => {
    const long = 'a long text '.repeat(20)
    const text = printed((screen) => {
      screen.done(long, long)
      screen.failed(long)
      screen.note(long)
      screen.line(long)
    })
    for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(80)
  })

  it('is coloured on a terminal only, and never with NO_COLOR', () => {
    const done = (env: object, tty: boolean) => printed((screen) => screen.done('ready'), env, tty)
    expect(done({}, true)).toContain('\u001b[')
    expect(done({ NO_COLOR: '1' }, true)).toBe('  ✓ ready\n')
    expect(done({}, false)).toBe('  ✓ ready\n')
  })

  it('shows control characters in data and obeys none', () => {
    expect(printed((screen) => screen.line('a\u001b[2Jb\rc'))).toBe('a\\x1b[2Jb\\x0dc\n')
  })

  it('tells progress in plain lines where there is no terminal', () => {
    const text = printed((screen) => {
      const bar = screen.progress('imported', 8)
      for (let count = 1; count <= 8; count++) bar.at(count)
      bar.end()
    })
    expect(text).toBe(
      '    imported: 2 of 8\n    imported: 4 of 8\n    imported: 6 of 8\n    imported: 8 of 8\n',
    )
  })
})
