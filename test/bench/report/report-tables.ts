// Owns the report as Markdown: the same figures as the page, to stand in a repository and be read there.

import type { Figure } from '../benchmark.ts'
import { median } from '../benchmark.ts'
import { askedOf, mark, shareOf, shown } from '../print-figures.ts'
import type { Report, Run } from './report.ts'

/** The tables as Markdown text. */
export function reportTables({ machine, call, at, benchmarks }: Report): string {
  const { cpu, cores, memory_gb: memory, node, load } = machine
  return `# Measured

${cpu}, ${cores} cores, ${memory} GB, Node ${node}; load average ${load} when it
began, ${at.slice(0, 10)}. Written by:

\`\`\`sh
${call}
\`\`\`
${benchmarks.map(sectionOf).join('')}`
}

function sectionOf({ name, about, figures, remarks, failed }: Run): string {
  const rows = figures.map((figure) => `| ${cellsOf(figure).map(escaped).join(' | ')} |\n`)
  const table =
    rows.length === 0
      ? ''
      : `\n| | figure | median | asked | of the limit | runs |\n| --- | --- | ---: | ---: | --- | --- |\n${rows.join('')}`
  const notes = [...(failed === null ? [] : [`**Went wrong:** ${failed}`]), ...remarks]
  return `\n## ${name}\n\n${about}\n${table}${notes.map((note) => `\n${note}\n`).join('')}`
}

function cellsOf(figure: Figure): string[] {
  const { name, unit, runs, limit } = figure
  return [
    mark(figure).trim(),
    name,
    shown(median(runs), unit),
    askedOf(figure),
    limit ? `${shareOf(figure)} (${limit.name})` : '',
    runs.map((run) => shown(run, unit)).join(' · '),
  ]
}

/** A bar in a name would be another cell. */
function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|')
}
