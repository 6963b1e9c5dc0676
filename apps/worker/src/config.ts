// Owns the worker's configuration: one schema, each variable described, all problems told at once.

import { redisAddresses } from '@lockstep/domain/doorbell/redis'
import {
  queueShardsVariable,
  redisUrlVariable,
  shardsProblem,
} from '@lockstep/domain/doorbell/redis-variables'
import { openingKey } from '@lockstep/domain/delivery/sealing'
import {
  ConfigError,
  givenVariables,
  mongoUrlVariable,
  problemsOf,
} from '@lockstep/domain/process/configuration'
import { z } from 'zod'

const milliseconds = (fallback: number) => z.coerce.number().int().positive().default(fallback)

/** Stripe may roll a failed create forward; nobody knows of later than an hour (ms). */
const doubtGraceMs = 3_600_000

/** The key says which mode it is for. */
function isLive(env: { STRIPE_SECRET_KEY?: string }): boolean {
  return /^(sk|rk)_live_/.test(env.STRIPE_SECRET_KEY ?? '')
}

const stripeKeyNeeded = 'must be a Stripe secret or restricted key (sk_… or rk_…)'

/** Described variables of the worker; `.env.example` is tested against them. */
export const workerSchema = z
  .object({
    MONGO_URL: mongoUrlVariable.describe('MongoDB, database name included'),
    REDIS_URL: redisUrlVariable.describe(
      'Redis, with maxmemory-policy noeviction; several addresses: nodes of a Redis Cluster',
    ),
    QUEUE_SHARDS: queueShardsVariable.describe(
      'Of how many queues each queue is made; the same for all, 2 or more on a Redis Cluster',
    ),
    STRIPE_SECRET_KEY: z
      .string(stripeKeyNeeded)
      .regex(/^(sk|rk)_(test|live)_\w+$/, stripeKeyNeeded)
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
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _')
      .default('default')
      .describe('The tenant that this key serves'),
    WORKER_HOST: z.string().default('127.0.0.1').describe('Where /livez, /readyz and /metrics listen'),
    WORKER_PORT: z.coerce.number().int().min(0).max(65535).default(8081).describe('0 takes a free port'),
    // Customers share commands, 50 in one: enough to fill two while two more are answered; twice as many gain nothing.
    APPLY_CONCURRENCY: z.coerce.number().int().positive().default(128).describe('Customers applied at once'),
    // Enough to keep 100 calls a second in flight at Stripe's 60–120 ms, and their waiting line short.
    SYNC_CONCURRENCY: z.coerce.number().int().positive().default(32).describe('Customers synced at once'),
    // Each waits for somebody else's server: places are cheap, and slow endpoints must not take them all.
    DELIVER_CONCURRENCY: z.coerce
      .number()
      .int()
      .positive()
      .default(64)
      .describe('Webhook endpoints delivered to at once'),
    EVENT_SECRETS_KEY: z
      .string()
      .transform((text) => text.split(',').map((key) => key.trim()))
      .pipe(
        z.array(
          z
            .string()
            .refine((key) => openingKey(key) !== null, 'must be 32 bytes in base64: openssl rand -base64 32'),
        ),
      )
      .optional()
      .describe(
        'Opens the secrets of webhook endpoints; the first key also seals new ones, older ones follow it',
      ),
    EVENT_PRIVATE_ADDRESSES: z
      .stringbool()
      .default(false)
      .describe('Whether events may be delivered to private and local addresses, and without TLS'),
    SWEEP_EVERY_MS: milliseconds(5_000).describe('How often lost doorbells are looked for'),
    CATCH_UP_EVERY_MS: milliseconds(60_000).describe(
      'How often Stripe’s event list is read for missed webhooks',
    ),
    // A day: what a webhook and the event list both missed may stand so long, and a pass of 100,000 customers takes a minute.
    RECONCILE_EVERY_MS: milliseconds(86_400_000).describe(
      'How often every customer of both sides is compared',
    ),
    DOUBT_GRACE_MS: milliseconds(doubtGraceMs).describe('How long a create of unknown outcome is doubted'),
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
  // Judged even where another variable is at fault, so that all problems are told at once.
  .refine((env) => !(isLive(env) && env.STRIPE_API_BASE), {
    path: ['STRIPE_API_BASE'],
    message: 'a live key must never be sent to a sandbox',
    when: () => true,
  })
  .superRefine(({ REDIS_URL, QUEUE_SHARDS }, context) => {
    const message = shardsProblem(REDIS_URL, QUEUE_SHARDS)
    if (message) context.addIssue({ code: 'custom', path: ['QUEUE_SHARDS'], message })
  })
  .refine((env) => !(env.NODE_ENV === 'production' && env.STRIPE_API_BASE), {
    path: ['STRIPE_API_BASE'],
    message: 'the sandbox is not for NODE_ENV=production',
    when: () => true,
  })
  .refine((env) => !(env.DOUBT_GRACE_MS < doubtGraceMs && !env.STRIPE_API_BASE), {
    path: ['DOUBT_GRACE_MS'],
    message: 'may be shortened only against the sandbox',
    when: () => true,
  })
  .transform((env) => {
    const livemode = isLive(env)
    return { ...env, livemode, limitAccount: env.STRIPE_LIMIT_ACCOUNT ?? (livemode ? 100 : 25) }
  })

export type WorkerConfig = z.output<typeof workerSchema>

/** Reads the environment; throws ConfigError with every problem. An empty variable counts as absent. */
export function readWorkerConfig(env: Record<string, string | undefined>): WorkerConfig {
  const parsed = workerSchema.safeParse(givenVariables(env))
  if (parsed.success) return parsed.data
  throw new ConfigError('lockstep worker', problemsOf(parsed.error))
}

/** The configuration as the start-up line shows it: no secret, and of addresses the host alone. */
export function shownConfig(config: WorkerConfig): Record<string, unknown> {
  const { STRIPE_SECRET_KEY: _, EVENT_SECRETS_KEY, MONGO_URL, REDIS_URL, ...rest } = config
  return {
    ...rest,
    mongo_host: new URL(MONGO_URL).host,
    redis_host: redisAddresses(REDIS_URL)
      .map(({ host }) => host)
      .join(','),
    stripe_secret_key_configured: true,
    event_secrets_keys: EVENT_SECRETS_KEY?.length ?? 0,
  }
}
