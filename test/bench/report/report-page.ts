// Owns the report as a page: the machine, every figure with all of its runs, and the pictures. One file that needs nothing else.

import { type Html, html } from '@lockstep/gateway/ops/html'
import { opsStyle } from '@lockstep/gateway/ops/style'
import { type Figure, median } from '../benchmark.ts'
import { askedOf, mark, shareOf, shown } from '../print-figures.ts'
import type { Report, Run } from './report.ts'
import { drawPlot } from './draw-plot.ts'

/** The page as HTML text. */
export async function reportPage({ machine, call, at, benchmarks }: Report): Promise<string> {
  const sections: Html[] = []
  for (const run of benchmarks) sections.push(await sectionOf(run))
  const page = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Lockstep: benchmarks</title>
<style>${{ html: opsStyle }} svg { max-width: 100%; height: auto; border-radius: .6rem; } .number { white-space: nowrap; }</style>
<h1>Lockstep: benchmarks</h1>
<p>${machine.cpu}, ${machine.cores} cores, ${machine.memory_gb} GB, Node ${machine.node}; load average ${machine.load} when they
began, ${at}. Load, gateway, worker, MongoDB, Redis and Stripe’s stand-in share these cores.</p>
<p><code>${call}</code></p>
<p class="quiet">A figure is the median of its runs. “Of the limit” is its share of what bounds it, measured in the same run.</p>
${sections}
</html>
`
  return page.html
}

async function sectionOf({ name, about, figures, remarks, plots, failed }: Run): Promise<Html> {
  const pictures: Html[] = []
  for (const plot of plots)
    pictures.push(html`<h3>${plot.title}</h3>
${{ html: await drawPlot(plot) }}
`)
  return html`<h2>${name}: ${about}</h2>
${failed === null ? [] : [html`<p class="wrong">${failed}</p>`]}
<div class="table"><table>
<tr><th><th>figure<th class="number">median<th class="number">asked<th>of the limit<th>runs</tr>
${figures.map(rowOf)}
</table></div>
${remarks.map((remark) => html`<p class="quiet">${remark}</p>`)}
${pictures}
`
}

function rowOf(figure: Figure): Html {
  const { name, unit, runs, limit } = figure
  return html`<tr><td>${mark(figure)}<td>${name}<td class="number">${shown(median(runs), unit)}<td class="number">${askedOf(figure)}<td>${limit ? `${shareOf(figure)} (${limit.name})` : ''}<td class="quiet">${runs.map((run) => shown(run, unit)).join(' · ')}</tr>
`
}
