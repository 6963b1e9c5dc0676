// Owns running `pnpm lockstep …` against a stack, as a person on duty does, with the worker's variables.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { childCoverage } from './child-coverage.ts'
import { type Stack, stripeKey } from './stack.ts'

const main = fileURLToPath(import.meta.resolve('@lockstep/cli/main'))

export interface Ended {
  code: number
  out: string
  err: string
}

/** Runs a command to its end. */
export function lockstep(
  stack: Pick<Stack, 'mongoUrl' | 'sandbox' | 'redis'>,
  args: string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const given = {
    MONGO_URL: stack.mongoUrl,
    REDIS_URL: stack.redis.url,
    STRIPE_SECRET_KEY: stripeKey,
    STRIPE_API_BASE: stack.sandbox.url,
    STRIPE_LIMIT_ENDPOINT: '1000',
    STRIPE_LIMIT_ACCOUNT: '1000',
    ...childCoverage(),
    ...env,
  }
  return new Promise((ended) => {
    const child = execFile(process.execPath, [main, ...args], { env: given }, (_error, out, err) =>
      ended({ code: child.exitCode ?? -1, out, err }),
    )
  })
}

/** The one object of `--json`, with the exit code. */
export async function lockstepJson(
  stack: Pick<Stack, 'mongoUrl' | 'sandbox' | 'redis'>,
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; object: unknown }> {
  const { code, out, err } = await lockstep(stack, [...args, '--json'], env)
  if (out === '') throw new Error(`no object came, but: ${err}`)
  return { code, object: JSON.parse(out) }
}
