// Owns the worker's configuration: one schema, each variable described, all problems told at once.

import { z } from 'zod'

const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback)

/** Described variables of the worker; `.env.example` is tested against them. */
export const workerSchema = z
  .object({
    MONGO_URL: z.url({ protocol: /^mongodb(\+srv)?$/ }).describe('MongoDB, database name included'),
    REDIS_URL: z.url({ protocol: /^rediss?$/ }).describe('Redis, with maxmemory-policy noeviction'),
    STRIPE_SECRET_KEY: z
      .string()
      .regex(/^(sk|rk)_(test|live)_\w+$/, 'must be a Stripe secret or restricted key (sk_… or rk_…)')
      .describe('The key of the tenant’s Stripe account'),
    STRIPE_API_BASE: z
      .url({ protocol: /^http$/ })
      .optional()
      .describe('Only for the sandbox: its address, for example http://127.0.0.1:12111'),
    STRIPE_ACCOUNT: z
      .string()
      .startsWith('acct_')
      .optional()
      .describe('The account that the key must belong to; without it the first checked key binds the tenant'),
    STRIPE_LIMIT_ENDPOINT: z.coerce
      .number()
      .int()
      .positive()
      .default(25)
      .describe('Calls per second and endpoint that Stripe allows this account (its default is 25)'),
    STRIPE_LIMIT_ACCOUNT: z.coerce
      .number()
      .int()
      .positive()
      .optional()
      .describe('Calls per second that Stripe allows the account (100 live, 25 in a sandbox account)'),
    STRIPE_LINK_BY_EMAIL: z
      .stringbool()
      .default(true)
      .describe('Link a customer first seen at Stripe to the one here with the same e-mail'),
    TENANT_ID: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/)
      .default('default')
      .describe('The tenant that this key serves'),
    WORKER_HOST: z.string().default('127.0.0.1').describe('Where /livez, /readyz and /metrics listen'),
    WORKER_PORT: z.coerce.number().int().min(0).max(65535).default(8081).describe('0 takes a free port'),
    // MongoDB round trips overlap; beyond some dozens a worker only queues inside itself.
    APPLY_CONCURRENCY: z.coerce.number().int().positive().default(32).describe('Customers applied at once'),
    // Enough to keep 100 calls a second in flight at Stripe's 60–120 ms, and their waiting line short.
    SYNC_CONCURRENCY: z.coerce.number().int().positive().default(32).describe('Customers synced at once'),
    SWEEP_EVERY_MS: milliseconds(5_000).describe('How often lost doorbells are looked for'),
    CATCH_UP_EVERY_MS: milliseconds(60_000).describe(
      'How often Stripe’s event list is read for missed webhooks',
    ),
    // Stripe may roll a failed create forward; PROTOCOL section 9 bounds that by one hour.
    DOUBT_GRACE_MS: milliseconds(3_600_000).describe('How long a create of unknown outcome is doubted'),
    BRAKE_SHARE: z.coerce
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('Share of linked customers that may be archived, unlinked or overwritten in an hour'),
    // Fewer can be put right by hand, and a small account is not stopped by an ordinary day.
    BRAKE_LEAST: z.coerce.number().int().min(0).default(500).describe('… but at least so many'),
    LOG_LEVEL: z
      .enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent'])
      .default('info')
      .describe('How much is logged'),
    NODE_ENV: z.enum(['production', 'development', 'test']).default('production').describe('Where this runs'),
  })
  .superRefine((env, context) => {
    const live = /^(sk|rk)_live_/.test(env.STRIPE_SECRET_KEY)
    const problem = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message })
    if (live && env.STRIPE_API_BASE) problem('STRIPE_API_BASE', 'a live key must never be sent to a sandbox')
    if (env.NODE_ENV === 'production' && env.STRIPE_API_BASE) {
      problem('STRIPE_API_BASE', 'the sandbox is not for NODE_ENV=production')
    }
    if (env.DOUBT_GRACE_MS < 3_600_000 && !env.STRIPE_API_BASE) {
      problem('DOUBT_GRACE_MS', 'may be shortened only against the sandbox')
    }
  })
  .transform((env) => {
    const livemode = /^(sk|rk)_live_/.test(env.STRIPE_SECRET_KEY)
    return { ...env, livemode, limitAccount: env.STRIPE_LIMIT_ACCOUNT ?? (livemode ? 100 : 25) }
  })

export type WorkerConfig = z.output<typeof workerSchema>

/** Reads the environment; throws one error that names every problem. */
export function readWorkerConfig(env: Record<string, string | undefined>): WorkerConfig {
  const parsed = workerSchema.safeParse(env)
  if (parsed.success) return parsed.data
  throw new Error(`The worker cannot start:\n${z.prettifyError(parsed.error)}`)
}

/** The configuration as the start-up line shows it: no secret, and of addresses the host alone. */
export function shownConfig(config: WorkerConfig): Record<string, unknown> {
  const { STRIPE_SECRET_KEY: _, MONGO_URL, REDIS_URL, ...rest } = config
  return {
    ...rest,
    mongo_host: new URL(MONGO_URL).host,
    redis_host: new URL(REDIS_URL).host,
    stripe_secret_key_configured: true,
  }
}
