// The sums that a run prints at its end: what counts as run, and in whose process.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { keepProduct, readChildren } from './support/child-coverage.ts'
import { childrenFolder, coverageLines, testsFolder } from './support/coverage.ts'

const source = `export function sign(n: number): string {
  if (n < 0) {
    return 'minus'
  }
  return n === 0 ? 'zero' : 'plus'
}
`

/** A repository with one source. */
function repository() {
  const root = mkdtempSync(join(tmpdir(), 'lockstep-coverage-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const path = join(root, 'packages/sums/src/sign.ts')
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, source)
  const told = join(root, 'told')
  for (const each of [childrenFolder(told), testsFolder(told)]) mkdirSync(each, { recursive: true })
  const program = (n: number) => [
    '--input-type=module',
    '-e',
    `import(${JSON.stringify(pathToFileURL(path).href)}).then(({ sign }) => { console.log(sign(${n})); if (${n} > 1) setInterval(() => {}, 1000) })`,
  ]
  const env = { NODE_V8_COVERAGE: childrenFolder(told) }
  return {
    root,
    told,
    run: (n: number) => void execFileSync(process.execPath, program(n), { env }),
    killed: async (n: number) => {
      const child = spawn(process.execPath, program(n), { env, stdio: ['ignore', 'pipe', 'ignore'] })
      await once(child.stdout, 'data')
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    /** As if the tests themselves had run what was run so far. */
    inTests: async () => {
      const files = await readChildren(childrenFolder(told), root)
      const byPath = Object.fromEntries(files.map((each) => [each.path, each]))
      writeFileSync(join(testsFolder(told), 'coverage-final.json'), JSON.stringify(byPath))
    },
    lines: () => coverageLines(told, root),
  }
}

test('what a process of the tests ran counts beside what they ran themselves, line by line and branch by branch', async () => {
  const { run, inTests, lines, told, root } = repository()
  run(-1)
  await inTests()
  expect(await lines()).toEqual([
    'packages/sums               66.7 % of lines,  25.0 % of branches',
    'all                         66.7 % of lines,  25.0 % of branches',
  ])
  run(0)
  // Libraries, and what the test itself is, take the most room and are of no use.
  keepProduct(childrenFolder(told), root)
  const [kept = '', ...others] = readdirSync(childrenFolder(told))
  expect(others).toEqual([])
  const { result } = JSON.parse(readFileSync(join(childrenFolder(told), kept), 'utf8'))
  expect(result.map(({ url }: { url: string }) => url)).toEqual([expect.stringMatching(/sign\.ts$/)])
  run(1)
  expect((await lines()).at(-1)).toBe('all                        100.0 % of lines, 100.0 % of branches')
  expect(readdirSync(childrenFolder(told))).toEqual([])
})

test('a process that was killed, also while it told, tells nothing and breaks nothing', async () => {
  const { run, killed, inTests, lines, told } = repository()
  run(-1)
  await inTests()
  await killed(2)
  writeFileSync(join(childrenFolder(told), 'coverage-1-2-0.json'), '{"result":[{"scriptId"')
  expect((await lines()).at(-1)).toBe('all                         66.7 % of lines,  25.0 % of branches')
})

test('branches that are others in a process are not put together, and it is told of which source', async () => {
  const { run, inTests, lines, root } = repository()
  run(-1)
  await inTests()
  writeFileSync(
    join(root, 'packages/sums/src/sign.ts'),
    `${source}export const more = [1].map((n) => n || 2)\n`,
  )
  run(0)
  expect((await lines()).slice(-2)).toEqual([
    'all                        100.0 % of lines,  25.0 % of branches',
    "branches of the tests' own processes alone: packages/sums/src/sign.ts",
  ])
})
