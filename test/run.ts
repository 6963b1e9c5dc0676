// Everything that a change must pass: the static checks, then every test on real MongoDB, Redis and the sandbox.
// `pnpm test [FILTER]`: with a filter only the tests whose file's path holds it. `pnpm test live`: those that need a Stripe
// account, with its key in STRIPE_TEST_KEY; without one nothing runs, and it ends with 2. The last line of standard output is
// `N passed, N failed`; each static check counts as one. A whole run tells the coverage above it.

import { cannotRun } from './live/live-stripe.ts'
import { runChecks } from './support/checks.ts'
import { finish, runTests } from './support/test-run.ts'

const filters = process.argv.slice(2)
if (filters[0] === 'live') {
  const problem = cannotRun(process.env)
  if (problem !== null) {
    process.stderr.write(`${problem}\n`)
    process.exit(2)
  }
  finish([await runTests(['--config', 'test/live/vitest.config.ts'])])
} else await runAll()

async function runAll(): Promise<void> {
  const checks = filters.length === 0 ? await runChecks() : []
  const passed = checks.filter(({ ok }) => ok).length
  finish([
    { passed, failed: checks.length - passed, skipped: 0 },
    await runTests(filters, process.env, { coverage: filters.length === 0 }),
  ])
}
