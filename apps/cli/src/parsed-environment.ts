// Owns how an environment is checked: all problems at once, one line for each variable.

import { givenVariables } from '@lockstep/domain/process/configuration'
import type { z } from 'zod'
import { UsageError } from './terminal/command-line.ts'

/** The variables that a schema asks for; an empty one is an absent one. @throws UsageError */
export function parsed<Schema extends z.ZodType>(schema: Schema, env: NodeJS.ProcessEnv): z.output<Schema> {
  const given = givenVariables(env)
  const result = schema.safeParse(given)
  if (result.success) return result.data
  const problems = problemsOf(result.error, given).map((problem) => `  ${problem}`)
  throw new UsageError(`The environment is not complete:\n${problems.join('\n')}`)
}

function problemsOf(error: z.ZodError, given: NodeJS.ProcessEnv): string[] {
  return error.issues.map(({ path, message }) => {
    const name = String(path[0])
    return given[name] === undefined ? `${name} is missing` : `${name}: ${message}`
  })
}
