// Owns what the stack runs: each program's command line and environment.
// Promises: the environment of the stack itself does not leak into them, so that a real Stripe key in a shell never
// reaches a process that talks to the sandbox, and each process holds only the secrets that it uses.

import { fileURLToPath } from 'node:url'
import { serverFlags } from '@lockstep/domain/process/server-flags'
import type { StripeLimits } from '@lockstep/domain/stripe/slots'

export type SandboxLimits = 'off' | 'sandbox' | 'live'

/** Calls a second that may be made, by the sandbox's setting: Stripe's published numbers. */
export const budgets: Record<SandboxLimits, StripeLimits> = {
  // Far above what one machine does: no limit in effect.
  off: { perEndpoint: 10_000, perAccount: 10_000 },
  sandbox: { perEndpoint: 25, perAccount: 25 },
  live: { perEndpoint: 25, perAccount: 100 },
}

/** Where everything listens and what it shares; fixed for the life of the stack. */
export interface StackPlan {
  mongoUrl: string
  redisUrl: string
  sandboxUrl: string
  sandboxFile: string
  tenant: string
  stripeSecretKey: string
  /** 32 bytes, base64. */
  eventSecretsKey: string
  webhookSecret: string
  limits: SandboxLimits
  /** Where the sandbox sends its webhooks. */
  webhookUrl: string
}

export interface Program {
  command: string[]
  env: NodeJS.ProcessEnv
}

const mains = {
  gateway: fileURLToPath(import.meta.resolve('@lockstep/gateway/main')),
  worker: fileURLToPath(import.meta.resolve('@lockstep/worker/main')),
  sandbox: fileURLToPath(new URL('main.ts', import.meta.resolve('@lockstep/stripe-sandbox'))),
}

/** A gateway on `port`. */
export function gatewayProgram(plan: StackPlan, port: number): Program {
  return {
    command: [process.execPath, ...serverFlags, mains.gateway],
    env: {
      ...surroundings(),
      PORT: String(port),
      HOST: '127.0.0.1',
      MONGO_URL: plan.mongoUrl,
      REDIS_URL: plan.redisUrl,
      TENANT_ID: plan.tenant,
      STRIPE_WEBHOOK_SECRETS: plan.webhookSecret,
      STRIPE_LIVEMODE: 'false',
      // Whoever tries this out receives on the same machine.
      EVENT_PRIVATE_ADDRESSES: 'true',
    },
  }
}

/** A worker whose probes answer on `port`. */
export function workerProgram(plan: StackPlan, port: number): Program {
  const budget = budgets[plan.limits]
  return {
    command: [process.execPath, ...serverFlags, mains.worker],
    env: {
      ...surroundings(),
      WORKER_PORT: String(port),
      WORKER_HOST: '127.0.0.1',
      MONGO_URL: plan.mongoUrl,
      REDIS_URL: plan.redisUrl,
      TENANT_ID: plan.tenant,
      STRIPE_SECRET_KEY: plan.stripeSecretKey,
      STRIPE_API_BASE: plan.sandboxUrl,
      STRIPE_LIMIT_ENDPOINT: String(budget.perEndpoint),
      STRIPE_LIMIT_ACCOUNT: String(budget.perAccount),
      // A webhook that was lost is made good while somebody still looks (production: a minute).
      CATCH_UP_EVERY_MS: '10000',
      // The sandbox rolls nothing forward later than a few seconds; Stripe may take an hour.
      DOUBT_GRACE_MS: '5000',
      EVENT_SECRETS_KEY: plan.eventSecretsKey,
      EVENT_PRIVATE_ADDRESSES: 'true',
    },
  }
}

/** The local Stripe on the port of its URL. */
export function sandboxProgram(plan: StackPlan): Program {
  const options = {
    port: new URL(plan.sandboxUrl).port,
    persist: plan.sandboxFile,
    limits: plan.limits,
    webhook: plan.webhookUrl,
    secret: plan.webhookSecret,
  }
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  return { command: [process.execPath, mains.sandbox, ...flags], env: surroundings() }
}

/** What every program needs of the machine, and how much it logs. */
function surroundings(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, LANG, TZ, LOG_LEVEL } = process.env
  const given = Object.entries({ PATH, HOME, TMPDIR, LANG, TZ, LOG_LEVEL }).filter(([, value]) => value)
  return { ...Object.fromEntries(given), NODE_ENV: 'development' }
}
