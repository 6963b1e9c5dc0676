// What the proofs on the real stack promise before they run: a call is understood or refused, and findings are counted.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { reached } from '../../bench/benchmark.ts'
import { findingFigures } from './proof.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

function prove(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((done) => {
    execFile(process.execPath, [main, ...args], (error, out, err) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
}

test('help tells the proofs, and a call that is none ends with 2 and says why', async () => {
  const help = await prove('--help')
  expect(help.code).toBe(0)
  for (const name of ['kills', 'outages', 'recovery', 'burst', 'hot-customer', 'storm', 'limits', 'soak'])
    expect(help.out).toContain(`  ${name} `)
  const calls = [['kill'], ['kills', 'burst'], ['kills', '--rounds', '0']]
  for (const { code, err } of await Promise.all(calls.map((call) => prove(...call)))) {
    expect(code).toBe(2)
    expect(err).toContain('usage: ')
  }
})

test('every finding counts against exactly one figure, and none may be', () => {
  const remarks: string[] = []
  const judged = (...rules: string[]) =>
    findingFigures(
      rules.map((rule) => ({ rule, detail: 'd' })),
      (text) => remarks.push(text),
    ).map(({ runs }) => runs[0])
  expect(judged()).toEqual([0, 0, 0])
  expect(judged('lost', 'lost silently', 'unanswered', 'twice', 'unexpected', 'unequal', 'new')).toEqual([
    3, 2, 2,
  ])
  expect(remarks).toContain('twice: d')
  expect(findingFigures([{ rule: 'unequal', detail: '' }], () => undefined).map(reached)).toEqual([
    true,
    true,
    false,
  ])
})
