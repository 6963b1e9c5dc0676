// `pnpm bench [NAME …] [--json]`: measures, each figure beside what bounds it in the same run.
// Exit 0 when everything ran, whatever the figures; 1 where a run went wrong; 2 where the call is wrong.

import { parseArgs } from 'node:util'
import { openScreen } from '@lockstep/cli/terminal/screen'
import { type Benchmark, type Figure, median } from './benchmark.ts'
import { machine } from './machine.ts'
import { printFigures } from './print-figures.ts'
import { sandboxBenchmark } from './sandbox/benchmark.ts'

const benchmarks: readonly Benchmark[] = [sandboxBenchmark]

const usage = `usage: pnpm bench [NAME …] [--json]

Without a name all of them:
${benchmarks.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}

Quote medians and ratios, not single runs: other programs share this machine.
`

interface Report {
  name: string
  figures: Figure[]
  remarks: string[]
  failed: string | null
}

const { chosen, json } = readCall()
const about = machine()
const screen = openScreen(json ? process.stderr : process.stdout, process.env)
screen.title('Benchmarks')
screen.note(`${about.cpu}, ${about.cores} cores, Node ${about.node}, load ${about.load}`)
const reports: Report[] = []
for (const benchmark of chosen) reports.push(await run(benchmark))
if (json) process.stdout.write(`${JSON.stringify({ machine: about, benchmarks: reports.map(asJson) })}\n`)
process.exitCode = reports.some(({ failed }) => failed !== null) ? 1 : 0

async function run(benchmark: Benchmark): Promise<Report> {
  const report: Report = { name: benchmark.name, figures: [], remarks: [], failed: null }
  screen.section(benchmark.name)
  try {
    report.figures = await benchmark.run({
      tell: (step) => screen.note(`${step} …`),
      remark: (text) => report.remarks.push(text),
    })
    printFigures(screen, report.figures)
  } catch (error) {
    report.failed = error instanceof Error ? error.message : String(error)
    screen.failed(report.failed)
  }
  for (const remark of report.remarks) screen.note(remark)
  return report
}

function asJson({ figures, ...report }: Report) {
  return { ...report, figures: figures.map((figure) => ({ ...figure, median: median(figure.runs) })) }
}

function readCall(): { chosen: readonly Benchmark[]; json: boolean } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { json: { type: 'boolean' }, help: { type: 'boolean' } },
    })
    if (values.help) {
      process.stdout.write(usage)
      process.exit(0)
    }
    const unknown = positionals.find((name) => !benchmarks.some((benchmark) => benchmark.name === name))
    if (unknown !== undefined) throw new Error(`there is no benchmark ${unknown}`)
    const some = benchmarks.filter(({ name }) => positionals.includes(name))
    return { chosen: some.length > 0 ? some : benchmarks, json: values.json ?? false }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(2)
  }
}
