// What the report promises, as a page, as tables and as an object: all that was measured, readable without anything else, and nothing of it taken for HTML.

import { expect, test } from 'vitest'
import type { Report } from './report.ts'
import { asObject } from './report.ts'
import { reportPage } from './report-page.ts'
import { reportTables } from './report-tables.ts'

const report: Report = {
  machine: { cpu: 'A CPU', cores: 2, memory_gb: 4, node: '24.0.0', load: 0.5 },
  call: 'npx -y pnpm@12 bench intake',
  at: '2026-11-25T12:00:00.000Z',
  benchmarks: [
    {
      name: 'intake',
      about: 'API writes',
      figures: [
        {
          name: 'acknowledged <here>',
          unit: '/s',
          runs: [1_000, 4_000, 2_000],
          asked: { atLeast: 3_000 },
          limit: { name: 'bare route', value: 4_000 },
        },
      ],
      remarks: ['a & b'],
      plots: [
        {
          kind: 'latency',
          title: 'How long',
          lines: [
            {
              name: 'at 500/s',
              points: [
                [0, 1],
                [50, 2],
                [99, 8],
                [99.9, 20],
              ],
            },
          ],
        },
        {
          kind: 'throughput',
          title: 'How many',
          lines: [
            {
              name: '32 connections',
              points: [
                [1, 900],
                [2, 1_000],
              ],
            },
          ],
        },
      ],
      failed: null,
    },
    { name: 'webhooks', about: 'events', figures: [], remarks: [], plots: [], failed: 'one was lost' },
  ],
}

test('a page shows every figure with its runs, what was asked and what bounds it, and says what failed', async () => {
  const page = await reportPage(report)
  expect(page).toContain('✗')
  expect(page).toContain('2,000/s')
  expect(page).toContain('≥ 3,000/s')
  expect(page).toContain('50 % (bare route)')
  expect(page).toContain('1,000/s · 4,000/s · 2,000/s')
  expect(page).toContain('one was lost')
  expect(page).toContain('npx -y pnpm@12 bench intake')
})

test('a page draws each picture into itself, and asks nobody for anything', async () => {
  const page = await reportPage(report)
  expect(page.match(/<svg /g)).toHaveLength(2)
  expect(page).toContain('at 500/s')
  expect(page).toContain('99.9 %')
  // The names of XML's own vocabularies are no places.
  const places = page.replaceAll(/xmlns(:xlink)?="[^"]*"/g, '')
  expect(places).not.toMatch(/https?:|<script|<link|url\(/)
})

test('a name is text, whatever stands in it', async () => {
  const page = await reportPage(report)
  expect(page).toContain('acknowledged &lt;here&gt;')
  expect(page).toContain('a &amp; b')
})

test('the tables of a Markdown report hold the same, and a bar in a name is no cell', () => {
  const [intake, webhooks] = report.benchmarks
  if (!intake || !webhooks) throw new Error('bug: no benchmarks')
  const figure = { name: 'a | b', unit: 'ms' as const, runs: [1] }
  const tables = reportTables({
    ...report,
    benchmarks: [{ ...intake, figures: [...intake.figures, figure] }, webhooks],
  })
  expect(tables).toContain(
    '| ✗ | acknowledged <here> | 2,000/s | ≥ 3,000/s | 50 % (bare route) | 1,000/s · 4,000/s · 2,000/s |',
  )
  expect(tables).toContain('| a \\| b | 1 ms |')
  expect(tables).toContain('**Went wrong:** one was lost')
})

test('the object of --json has every run and the median', () => {
  expect(asObject(report)).toMatchObject({
    machine: { cores: 2 },
    benchmarks: [{ figures: [{ runs: [1_000, 4_000, 2_000], median: 2_000 }] }, { failed: 'one was lost' }],
  })
})
