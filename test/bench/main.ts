// `pnpm bench [NAME …]`: measures, each figure beside what bounds it in the same run.
// Exit 0 when everything ran, whatever the figures; 1 where a run went wrong; 2 where the call is wrong; 130 after Ctrl-C.
// Promises: what a benchmark started is ended before the next one begins, and when this process is told to end.

import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openScreen } from '@lockstep/cli/terminal/screen'
import { applyBenchmark } from './applying/apply.ts'
import { syncBenchmark } from './applying/sync.ts'
import { waitsBenchmark } from './applying/waits.ts'
import type { Benchmark } from './benchmark.ts'
import { openClosers } from './closers.ts'
import { growthBenchmark } from './growth/growth.ts'
import { scaleBenchmark } from './growth/scale.ts'
import { intakeBenchmark } from './intake/benchmark.ts'
import { importBenchmark } from './intake/import.ts'
import { latencyBenchmark } from './intake/latency.ts'
import { machine } from './machine.ts'
import { printFigures } from './print-figures.ts'
import { idleBenchmark } from './processes/idle.ts'
import { startBenchmark } from './processes/start.ts'
import { listsBenchmark } from './reads/lists.ts'
import { readsBenchmark } from './reads/reads.ts'
import { asObject, type Report, type Run } from './report/report.ts'
import { reportTables } from './report/report-tables.ts'
import { sandboxBenchmark } from './sandbox/benchmark.ts'
import { webhooksBenchmark } from './webhooks/benchmark.ts'

const benchmarks: readonly Benchmark[] = [
  intakeBenchmark,
  webhooksBenchmark,
  importBenchmark,
  waitsBenchmark,
  applyBenchmark,
  syncBenchmark,
  scaleBenchmark,
  growthBenchmark,
  readsBenchmark,
  listsBenchmark,
  latencyBenchmark,
  startBenchmark,
  idleBenchmark,
  sandboxBenchmark,
]

/** Long enough for an honest p99 at 500/s; three runs leave one disturbance out; what is put there within a minute. */
const defaults = { seconds: 10, runs: 3, customers: 100_000 }

const usage = `usage: pnpm bench [NAME …] [--seconds N] [--runs N] [--customers N]
                  [--report FILE] [--json]

  --seconds N    how long each load lasts (${defaults.seconds})
  --runs N       how often each is repeated; a figure is the median (${defaults.runs})
  --customers N  customers in reads and lists (${defaults.customers})
  --report FILE  a page with all of it and pictures; tables alone where FILE ends with .md
  --json         everything as one object on standard output

Without a name all of them:
${benchmarks.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join('\n')}

Quote medians and ratios, not single runs: other programs share this machine.
`

const { chosen, json, file, amounts } = readCall()
const report: Report = {
  machine: machine(),
  call: ['npx -y pnpm@12 bench', ...process.argv.slice(2)].join(' '),
  at: new Date().toISOString(),
  benchmarks: [],
}
const { cpu, cores, node, load } = report.machine
const screen = openScreen(json ? process.stderr : process.stdout, process.env)
screen.title('Benchmarks')
screen.note(`${cpu}, ${cores} cores, Node ${node}, load ${load}`)
const closers = openClosers()
closers.endOnSignal()
for (const benchmark of chosen) {
  if (closers.ending()) break
  report.benchmarks.push(await run(benchmark))
  // After each of them: an hour's figures must not hang on the last one.
  if (file !== null) await writeFile(file, await written(file))
}
if (json) process.stdout.write(`${JSON.stringify(asObject(report))}\n`)
process.exitCode = report.benchmarks.some(({ failed }) => failed !== null) ? 1 : 0

/** Markdown for a file that is called so, else a page. */
async function written(path: string): Promise<string> {
  if (path.endsWith('.md')) return reportTables(report)
  // Only who wants pictures loads what draws them.
  const { reportPage } = await import('./report/report-page.ts')
  return reportPage(report)
}

async function run({ name, about, run: measure }: Benchmark): Promise<Run> {
  const result: Run = { name, about, figures: [], remarks: [], plots: [], failed: null }
  screen.section(name)
  try {
    result.figures = await measure({
      tell: (step) => screen.note(`${step} …`),
      remark: (text) => result.remarks.push(text),
      plot: (plot) => result.plots.push(plot),
      closing: closers.add,
      ...amounts,
    })
    printFigures(screen, result.figures)
  } catch (error) {
    result.failed = error instanceof Error ? error.message : String(error)
    screen.failed(result.failed)
  } finally {
    await closers.close()
  }
  for (const remark of result.remarks) screen.paragraph(remark)
  return result
}

interface Call {
  chosen: readonly Benchmark[]
  json: boolean
  /** Where the page goes; null: nowhere. */
  file: string | null
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
        report: { type: 'string' },
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
      file: values.report ?? null,
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
