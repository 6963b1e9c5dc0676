// Everything that can be said about the code without running it: format, lint, types, import rules.
// `pnpm check`; exit 1 if one of them fails.

import { runChecks } from './support/checks.ts'

const results = await runChecks()
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1
