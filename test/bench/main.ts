// `pnpm bench [NAME …]`: measures, each figure beside what bounds it in the same run.
// Exit 0 when everything ran, whatever the figures; 1 where a run went wrong; 2 where the call is wrong; 130 after Ctrl-C.
// Promises: what a benchmark started is ended before the next one begins, and when this process is told to end.

import { parseArgs } from 'node:util'
import { openScreen } from '@lockstep/cli/terminal/screen'
import { applyBenchmark } from './applying/apply.ts'
import { syncBenchmark } from './applying/sync.ts'
import { waitsBenchmark } from './applying/waits.ts'
import { type Benchmark, type Figure, median, type Plot } from './benchmark.ts'
import { openClosers } from './closers.ts'
import { intakeBenchmark } from './intake/benchmark.ts'
import { machine } from './machine.ts'
import { printFigures } from './print-figures.ts'
import { listsBenchmark } from './reads/lists.ts'
import { readsBenchmark } from './reads/reads.ts'
import { sandboxBenchmark } from './sandbox/benchmark.ts'
import { webhooksBenchmark } from './webhooks/benchmark.ts'

const benchmarks: readonly Benchmark[] = [
  intakeBenchmark,
  webhooksBenchmark,
  waitsBenchmark,
  applyBenchmark,
  syncBenchmark,
  readsBenchmark,
  listsBenchmark,
  sandboxBenchmark,
]

/** Long enough for an honest p99 at 500/s; three runs leave one disturbance out; what is put there within a minute. */
const defaults = { seconds: 10, runs: 3, customers: 100_000 }

const usage = `usage: pnpm bench [NAME …] [--seconds N] [--runs N] [--customers N] [--json]

  --seconds N    how long each load lasts (${defaults.seconds})
  --runs N       how often each is repeated; a figure is the median (${defaults.runs})
  --customers N  customers in reads and lists (${defaults.customers})
  --json         everything as one object on standard output

Without a name all of them:
${benchmarks.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}

Quote medians and ratios, not single runs: other programs share this machine.
`

interface Report {
  name: string
  figures: Figure[]
  remarks: string[]
  plots: Plot[]
  failed: string | null
}

const { chosen, json, amounts } = readCall()
const about = machine()
const screen = openScreen(json ? process.stderr : process.stdout, process.env)
screen.title('Benchmarks')
screen.note(`${about.cpu}, ${about.cores} cores, Node ${about.node}, load ${about.load}`)
const closers = openClosers()
closers.endOnSignal()
const reports: Report[] = []
for (const benchmark of chosen) reports.push(await run(benchmark))
if (json) process.stdout.write(`${JSON.stringify({ machine: about, benchmarks: reports.map(asJson) })}\n`)
process.exitCode = reports.some(({ failed }) => failed !== null) ? 1 : 0

async function run(benchmark: Benchmark): Promise<Report> {
  const report: Report = { name: benchmark.name, figures: [], remarks: [], plots: [], failed: null }
  screen.section(benchmark.name)
  try {
    report.figures = await benchmark.run({
      tell: (step) => screen.note(`${step} …`),
      remark: (text) => report.remarks.push(text),
      plot: (plot) => report.plots.push(plot),
      closing: closers.add,
      ...amounts,
    })
    printFigures(screen, report.figures)
  } catch (error) {
    report.failed = error instanceof Error ? error.message : String(error)
    screen.failed(report.failed)
  } finally {
    await closers.close()
  }
  for (const remark of report.remarks) screen.paragraph(remark)
  return report
}

function asJson({ figures, ...report }: Report) {
  return { ...report, figures: figures.map((figure) => ({ ...figure, median: median(figure.runs) })) }
}

interface Call {
  chosen: readonly Benchmark[]
  json: boolean
  amounts: typeof defaults
}

function readCall(): Call {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        seconds: { type: 'string' },
        runs: { type: 'string' },
        customers: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    })
    if (values.help) {
      process.stdout.write(usage)
      process.exit(0)
    }
    const unknown = positionals.find((name) => !benchmarks.some((benchmark) => benchmark.name === name))
    if (unknown !== undefined) throw new Error(`there is no benchmark ${unknown}`)
    const some = benchmarks.filter(({ name }) => positionals.includes(name))
    return {
      chosen: some.length > 0 ? some : benchmarks,
      json: values.json ?? false,
      amounts: {
        seconds: whole('--seconds', values.seconds) ?? defaults.seconds,
        runs: whole('--runs', values.runs) ?? defaults.runs,
        customers: whole('--customers', values.customers) ?? defaults.customers,
      },
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(2)
  }
}

function whole(option: string, text: string | undefined): number | null {
  if (text === undefined) return null
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`${option} needs a whole number from 1 on, not ${text}`)
  return Number(text)
}
