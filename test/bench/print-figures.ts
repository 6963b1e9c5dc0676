// Owns how figures are shown to people: in words, and as a table of at most 80 columns with what was asked and what bounds each.

import type { Screen } from '@lockstep/cli/terminal/screen'
import { type Figure, median, reached } from './benchmark.ts'

/** One table; what falls short of what was asked is marked. */
export function printFigures(screen: Screen, figures: readonly Figure[]): void {
  screen.table({
    columns: [
      {},
      { header: 'figure', shrinks: true },
      { header: 'median', align: 'right' },
      { header: 'asked', align: 'right' },
      { header: 'of the limit', align: 'right' },
    ],
    rows: figures.map((figure) => [
      mark(figure),
      figure.name,
      shown(median(figure.runs), figure.unit),
      askedOf(figure),
      shareOf(figure),
    ]),
  })
}

/** Whether it reached what was asked, as one character. */
export function mark(figure: Figure): string {
  const met = reached(figure)
  return met === null ? ' ' : met ? '✓' : '✗'
}

/** What was asked of it; empty where nothing was. */
export function askedOf({ asked, unit }: Figure): string {
  if (!asked) return ''
  return 'atLeast' in asked ? `≥ ${shown(asked.atLeast, unit)}` : `≤ ${shown(asked.atMost, unit)}`
}

/** Its share of what bounds it; empty where nothing does. */
export function shareOf({ runs, limit }: Figure): string {
  return limit ? `${Math.round((median(runs) / limit.value) * 100)} %` : ''
}

/** Three digits say enough of a figure on a shared machine. */
export function shown(value: number, unit: Figure['unit']): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2
  const number = value.toLocaleString('en', { maximumFractionDigits: digits })
  return unit === '/s' ? `${number}/s` : unit === '' ? number : `${number} ${unit}`
}
