// Owns the gateway's configuration: one schema, every variable described, the only reader of the environment.
// Promises: all problems are reported at once; no secret has a default; the printable form shows no secret. The
// gateway holds no Stripe key: webhook secrets are all it has of Stripe.

import {
  queueShardsVariable,
  redisUrlVariable,
  shardsProblem,
} from '@lockstep/domain/doorbell/redis-variables'
import {
  ConfigError,
  givenVariables,
  mongoUrlVariable,
  problemsOf,
} from '@lockstep/domain/process/configuration'
import { z } from 'zod'

const schema = z.object({
  PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(8080)
    .describe('Port to listen on; 0 takes a free one.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 inside a container.'),
  MONGO_URL: mongoUrlVariable.describe('MongoDB with the database name: the one truth.'),
  REDIS_URL: redisUrlVariable.describe(
    'Redis: doorbells and notices; may be away. Several addresses: nodes of a Redis Cluster.',
  ),
  QUEUE_SHARDS: queueShardsVariable.describe(
    'Of how many queues each queue is made; the same for all, 2 or more on a Redis Cluster.',
  ),
  TENANT_ID: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _')
    .default('default')
    .describe('The tenant of webhooks that name none.'),
  STRIPE_WEBHOOK_SECRETS: z
    .string({ error: 'is required: the signing secret of the webhook endpoint, whsec_…' })
    .transform((text) =>
      text
        .split(',')
        .map((secret) => secret.trim())
        .filter((secret) => secret !== ''),
    )
    .pipe(
      z
        .array(z.string().regex(/^whsec_[!-~]{8,}$/, 'each must look like whsec_…'))
        .min(1, 'needs at least one secret')
        .max(8, 'holds at most 8 secrets: two are enough to rotate'),
    )
    .describe('Comma-separated signing secrets (whsec_…); several while one is being rotated.'),
  STRIPE_LIVEMODE: z.stringbool().default(false).describe('Whether the default tenant is in live mode.'),
  STRIPE_API_BASE: z
    .url()
    .optional()
    .describe('Only checked here: live mode refuses any host but https://api.stripe.com.'),
  EVENT_PRIVATE_ADDRESSES: z
    .stringbool()
    .default(false)
    .describe('Whether events may be delivered to private and local addresses, and without TLS.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('pino level.'),
  NODE_ENV: z
    .enum(['development', 'test', 'production'])
    .default('production')
    .describe('Kind of installation.'),
})

/** The schema, for documentation and for the test of `.env.example`. */
export const gatewayEnvironment = schema

export interface GatewayConfig {
  port: number
  host: string
  mongoUrl: string
  redisUrl: string
  queueShards: number
  tenantId: string
  webhookSecrets: string[]
  stripeLivemode: boolean
  eventPrivateAddresses: boolean
  logLevel: string
}

/** Reads the environment; throws ConfigError with every problem. An empty variable counts as absent. */
export function readConfig(env: Record<string, string | undefined>): GatewayConfig {
  const given = givenVariables(env)
  const parsed = schema.safeParse(given)
  const problems = parsed.success ? [] : problemsOf(parsed.error)
  problems.push(...unsafeTogether(given))
  if (!parsed.success || problems.length > 0) throw new ConfigError('lockstep gateway', problems)
  const { data } = parsed
  return {
    port: data.PORT,
    host: data.HOST,
    mongoUrl: data.MONGO_URL,
    redisUrl: data.REDIS_URL,
    queueShards: data.QUEUE_SHARDS,
    tenantId: data.TENANT_ID,
    webhookSecrets: data.STRIPE_WEBHOOK_SECRETS,
    stripeLivemode: data.STRIPE_LIVEMODE,
    eventPrivateAddresses: data.EVENT_PRIVATE_ADDRESSES,
    logLevel: data.LOG_LEVEL,
  }
}

/** Read from the raw variables, so that these are found beside other problems. */
function unsafeTogether(env: Record<string, string | undefined>): string[] {
  const live = z.stringbool().safeParse(env.STRIPE_LIVEMODE ?? 'false').data === true
  const base = env.STRIPE_API_BASE
  const problems: string[] = []
  if (live && base !== undefined && URL.parse(base)?.origin !== 'https://api.stripe.com') {
    problems.push('STRIPE_API_BASE must be absent or https://api.stripe.com while STRIPE_LIVEMODE is true')
  }
  const shards = shardsProblem(env.REDIS_URL, Number(env.QUEUE_SHARDS ?? 1))
  if (shards) problems.push(`QUEUE_SHARDS ${shards}`)
  for (const name of ['STRIPE_SECRET_KEY', 'STRIPE_API_KEY']) {
    if (/^[sr]k_live_/.test(env[name] ?? '')) {
      problems.push(`${name} holds a live key: the gateway needs none, give it to the worker alone`)
    }
  }
  return problems
}

/** The configuration for the start-up line. */
export function printableConfig(config: GatewayConfig): Record<string, unknown> {
  const { webhookSecrets, mongoUrl, redisUrl, ...open } = config
  return {
    ...open,
    mongo: withoutCredentials(mongoUrl),
    redis: redisUrl.split(',').map(withoutCredentials).join(','),
    stripe_webhook_secrets_configured: webhookSecrets.length > 0,
    stripe_webhook_secrets: webhookSecrets.length,
  }
}

/** Host and database only: user, password and options may be secret. */
function withoutCredentials(text: string): string {
  const parsed = URL.parse(text)
  return parsed ? `${parsed.protocol}//${parsed.host}${parsed.pathname}` : '(unreadable)'
}
