// Owns what the commands that call the API read from the environment: where it is, and the key.
// Promises: nothing else of the program is loaded for it.

import { z } from 'zod'
import { parsed } from '../parsed-environment.ts'

const schema = z.object({
  LOCKSTEP_URL: z.url({ protocol: /^https?$/, error: 'must be the address of a gateway' }),
  LOCKSTEP_API_KEY: z.string().min(1),
})

/** LOCKSTEP_URL and LOCKSTEP_API_KEY. @throws UsageError */
export function readApiEnvironment(env: NodeJS.ProcessEnv): { url: string; apiKey: string } {
  const { LOCKSTEP_URL, LOCKSTEP_API_KEY } = parsed(schema, env)
  return { url: LOCKSTEP_URL, apiKey: LOCKSTEP_API_KEY }
}
