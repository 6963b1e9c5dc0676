// Owns how much of the code the tests ran: in their own processes, and in those that they started and that ended by
// themselves. One that was killed told nothing, so what is told is the least that is true.

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import {
  type CoverageMapData,
  createFileCoverage,
  type FileCoverageData,
} from '@vitest/istanbul-lib-coverage'
import { readChildren } from './child-coverage.ts'

/** Arguments of vitest: measure the product's code, and write what ran of each file into this folder. */
export function coverageArgs(folder: string): string[] {
  return [
    '--coverage.enabled',
    '--coverage.provider=v8',
    '--coverage.include=packages/*/src/**/*.ts',
    '--coverage.include=apps/*/src/**/*.ts',
    '--coverage.reporter=json',
    `--coverage.reportsDirectory=${testsFolder(folder)}`,
    // A failed test is no reason to say nothing.
    '--coverage.reportOnFailure',
  ]
}

/** Where vitest writes what the tests ran. It empties this folder first, so nothing else is in it. */
export function testsFolder(folder: string): string {
  return join(folder, 'tests')
}

/** Where the tests' processes write what they ran. */
export function childrenFolder(folder: string): string {
  return join(folder, 'children')
}

/** One line for each package and one for all, widest word first; empty where nothing was measured. */
export async function coverageLines(folder: string, root = process.cwd()): Promise<string[]> {
  const inTests = readTests(folder)
  const children = await readChildren(childrenFolder(folder), root)
  const inChildren = new Map(children.map((each) => [each.path, each]))
  const parts = new Map<string, Shares>()
  for (const file of inTests) {
    const name = relative(root, file.path).split('/').slice(0, 2).join('/')
    const { lines, branches } = together(file, inChildren.get(file.path))
    for (const each of [name, 'all']) {
      const sum = parts.get(each) ?? { lines: { total: 0, covered: 0 }, branches: { total: 0, covered: 0 } }
      parts.set(each, sum)
      add(sum.lines, lines)
      add(sum.branches, branches)
    }
  }
  const sums = [...parts].toSorted(([a], [b]) => (a === 'all' ? 1 : b === 'all' ? -1 : a < b ? -1 : 1))
  const lines = sums.map(
    ([name, { lines: l, branches: b }]) => `${name.padEnd(26)} ${share(l)} of lines, ${share(b)} of branches`,
  )
  const apart = inTests.filter((file) => !isSameTree(file, inChildren.get(file.path) ?? file))
  const names = apart.map(({ path }) => relative(root, path)).join(', ')
  // Nothing is lost in silence.
  return apart.length === 0 ? lines : [...lines, `branches of the tests' own processes alone: ${names}`]
}

interface Sum {
  total: number
  covered: number
}

interface Shares {
  lines: Sum
  branches: Sum
}

/** What either of them ran, of what the tests' own processes know of the file. */
function together(file: FileCoverageData, other: FileCoverageData | undefined): Shares {
  const otherLines = other ? createFileCoverage(other).getLineCoverage() : {}
  const lines = Object.entries(createFileCoverage(file).getLineCoverage()).map(
    ([line, hits]) => hits > 0 || (otherLines[line] ?? 0) > 0,
  )
  const otherWays = other && isSameTree(file, other) ? other.b : {}
  const branches = Object.entries(file.b).flatMap(([at, ways]) =>
    ways.map((hits, way) => hits > 0 || (otherWays[at]?.[way] ?? 0) > 0),
  )
  return { lines: sumOf(lines), branches: sumOf(branches) }
}

/**
 * Both come of one source by one walk through its tree, so a branch with one number in both is one branch. Its place does not
 * serve: that of the tests' processes went through a source map and may be some columns off.
 */
function isSameTree(file: FileCoverageData, other: FileCoverageData): boolean {
  const shape = ({ b, branchMap }: FileCoverageData) =>
    JSON.stringify(Object.entries(b).map(([at, ways]) => [at, ways.length, branchMap[at]?.type]))
  return shape(file) === shape(other)
}

function sumOf(hit: readonly boolean[]): Sum {
  return { total: hit.length, covered: hit.filter(Boolean).length }
}

function add(sum: Sum, more: Sum): void {
  sum.total += more.total
  sum.covered += more.covered
}

function share({ total, covered }: Sum): string {
  const part = total === 0 ? 1 : covered / total
  return `${(part * 100).toFixed(1).padStart(5)} %`
}

function readTests(folder: string): FileCoverageData[] {
  try {
    // Written by vitest in this form.
    const files = JSON.parse(
      readFileSync(join(testsFolder(folder), 'coverage-final.json'), 'utf8'),
    ) as CoverageMapData
    return Object.values(files).map((file) => createFileCoverage(file).data)
  } catch {
    return []
  }
}
