// `pnpm prove [NAME …]`: what the tests show in short, at full counts, for releases.
// Exit 0 if all that was asked for holds, 1 if not, 2 where the call is wrong. The last line of standard output is
// `N passed, N failed`; a proof that is a command counts as one.

import { parseArgs } from 'node:util'
import { type Proof, proofs } from './proofs/proofs.ts'
import { finish, runCommand, runTests, type Tally } from './support/test-run.ts'

const usage = `usage: pnpm prove [NAME …]
       pnpm prove --list

Without a name all of them:
${proofs.map(({ name, proves }) => `  ${name.padEnd(20)} ${proves}`).join('\n')}
`

/** One property may run for long at full counts (ms). */
const testTimeout = 4 * 3600 * 1000

const tallies: Tally[] = []
for (const proof of readCall()) {
  process.stdout.write(`${proof.name}: ${proof.proves}\n`)
  tallies.push(await prove(proof))
}
finish(tallies)

async function prove({ run, counts }: Proof): Promise<Tally> {
  const env = { ...counts, ...process.env }
  if ('tests' in run) return await runTests([run.tests, `--testTimeout=${testTimeout}`], env)
  const held = (await runCommand(process.execPath, run.node, env)) === 0
  return { passed: held ? 1 : 0, failed: held ? 0 : 1, skipped: 0 }
}

function readCall(): readonly Proof[] {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: { list: { type: 'boolean' }, help: { type: 'boolean' } },
    })
    if (values.list || values.help) {
      process.stdout.write(usage)
      process.exit(0)
    }
    const unknown = positionals.find((name) => !proofs.some((proof) => proof.name === name))
    if (unknown !== undefined) throw new Error(`there is no proof ${unknown}`)
    return positionals.length > 0 ? proofs.filter(({ name }) => positionals.includes(name)) : proofs
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(2)
  }
}
