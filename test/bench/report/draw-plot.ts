// Owns how a plot becomes an SVG: by Vega-Lite, which needs no browser for it.

import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Plot } from '../benchmark.ts'

/** Pixels of the plotting area: with its axes and legend a picture fits a laptop's window. */
const size = { width: 620, height: 260 }
/** Where the axis of a latency is labelled: each mark has ten times fewer answers beyond it than the one before. */
const percents = [0, 50, 90, 99, 99.9, 99.99]

/** The picture as SVG text. */
export async function drawPlot(plot: Plot): Promise<string> {
  const values = plot.lines.flatMap(({ name, points }) =>
    points.map(([x, y]) => ({ name, x: plot.kind === 'latency' ? beyond(x) : x, y })),
  )
  const spec: TopLevelSpec = {
    ...size,
    data: { values },
    mark: { type: 'line', point: true, interpolate: plot.kind === 'latency' ? 'monotone' : 'linear' },
    encoding: {
      ...axes[plot.kind],
      color: {
        field: 'name',
        type: 'nominal',
        // In the order in which the lines were given.
        sort: null,
        legend: { title: null, orient: 'bottom', columns: 2, labelLimit: size.width / 2 },
      },
    },
    config: { background: 'white', view: { stroke: null }, axis: { titleFontWeight: 'normal' } },
  }
  const view = new View(parse(compile(spec).spec), { renderer: 'none' })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

/** One in so many answers is beyond this percentile: what makes 99 and 99.9 as far apart as 90 and 99. */
function beyond(percent: number): number {
  return 100 / (100 - percent)
}

const axes = {
  latency: {
    x: {
      field: 'x',
      type: 'quantitative',
      scale: { type: 'log' },
      axis: {
        title: 'so many per cent of the answers …',
        values: percents.map(beyond),
        labelExpr: "format(100 - 100 / datum.value, '.6~g') + ' %'",
      },
    },
    y: {
      field: 'y',
      type: 'quantitative',
      scale: { type: 'log' },
      axis: { title: '… took at most (ms)' },
    },
  },
  throughput: {
    x: { field: 'x', type: 'quantitative', axis: { title: 'second of the run', tickMinStep: 1 } },
    y: { field: 'y', type: 'quantitative', axis: { title: 'answers in it' } },
  },
} as const satisfies Record<Plot['kind'], object>
