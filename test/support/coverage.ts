// Owns how much of the code the tests ran: where the tests themselves ran it, or the command line that they started. What ran
// in gateways and workers that are processes of their own is not seen, so what is told is the least that is true.

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { readChildren } from './child-coverage.ts'

/** Arguments of vitest: measure the product's code, and write the sums of each file into this folder. */
export function coverageArgs(folder: string): string[] {
  return [
    '--coverage.enabled',
    '--coverage.provider=v8',
    '--coverage.include=packages/*/src/**/*.ts',
    '--coverage.include=apps/*/src/**/*.ts',
    '--coverage.reporter=json-summary',
    `--coverage.reportsDirectory=${folder}`,
    // A failed test is no reason to say nothing.
    '--coverage.reportOnFailure',
  ]
}

const count = z.object({ total: z.number(), covered: z.number() })
const summary = z.record(z.string(), z.object({ lines: count, branches: count }))

/** One line for each package and one for all, widest word first; empty where nothing was measured. */
export async function coverageLines(folder: string, root = process.cwd()): Promise<string[]> {
  const children = await readChildren(childrenFolder(folder), root)
  const files = readSummary(folder).map(([path, inTests]): [string, FileCoverage] => {
    // Both are true, and whether they are of the same lines is not looked at: the larger one is the least that is true.
    const inChildren = children.get(path)
    return [path, inChildren && part(inChildren.lines) > part(inTests.lines) ? inChildren : inTests]
  })
  const parts = new Map<string, FileCoverage>()
  for (const [path, { lines, branches }] of files) {
    const name = relative(root, path).split('/').slice(0, 2).join('/')
    for (const each of [name, 'all']) {
      const sum = parts.get(each) ?? { lines: { total: 0, covered: 0 }, branches: { total: 0, covered: 0 } }
      parts.set(each, sum)
      add(sum.lines, lines)
      add(sum.branches, branches)
    }
  }
  const named = [...parts].toSorted(([a], [b]) => (a === 'all' ? 1 : b === 'all' ? -1 : a < b ? -1 : 1))
  return named.map(
    ([name, { lines, branches }]) =>
      `${name.padEnd(26)} ${share(lines)} of lines, ${share(branches)} of branches`,
  )
}

interface Sum {
  total: number
  covered: number
}

export interface FileCoverage {
  lines: Sum
  branches: Sum
}

/** Where the tests' processes write what they ran. */
export function childrenFolder(folder: string): string {
  return join(folder, 'children')
}

function add(sum: Sum, more: Sum): void {
  sum.total += more.total
  sum.covered += more.covered
}

function part({ total, covered }: Sum): number {
  return total === 0 ? 1 : covered / total
}

function share(sum: Sum): string {
  return `${(part(sum) * 100).toFixed(1).padStart(5)} %`
}

function readSummary(folder: string): [string, FileCoverage][] {
  try {
    const found = summary.parse(JSON.parse(readFileSync(join(folder, 'coverage-summary.json'), 'utf8')))
    return Object.entries(found).filter(([path]) => path !== 'total')
  } catch {
    return []
  }
}
