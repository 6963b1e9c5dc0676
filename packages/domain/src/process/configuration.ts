// Owns what the programs' configurations share: which variables are given, and how it is told what is wrong with them.

import { z } from 'zod'

/** MongoDB, the database's name included. */
export const mongoUrlVariable = z.url({
  protocol: /^mongodb(\+srv)?$/,
  error: 'must be a URL like mongodb://127.0.0.1:27017/lockstep',
})

/** The variables that are set: an empty one counts as absent. */
export function givenVariables(env: Record<string, string | undefined>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
}

/** What a schema found wrong, each beginning with the variable's name. */
export function problemsOf({ issues }: z.ZodError): string[] {
  return issues.map(({ path, message }) => `${String(path[0])} ${message}`)
}

/** What was wrong, one line for each variable. */
export class ConfigError extends Error {
  readonly problems: string[]

  /** `program` as it is called: `lockstep gateway`. A problem that is told twice is shown once. */
  constructor(program: string, problems: readonly string[]) {
    const each = [...new Set(problems)]
    super(
      `${program}: the configuration is not usable:\n${each.map((problem) => `  - ${problem}`).join('\n')}`,
    )
    this.name = 'ConfigError'
    this.problems = each
  }
}
