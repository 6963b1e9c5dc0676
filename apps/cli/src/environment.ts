// Owns what the commands of `lockstep` read from the environment: the worker's variables, by the worker's own rules.
// Promises: all problems are told at once; a live key is never sent anywhere but to Stripe; no other file of those that work
// on a tenant reads the environment.

import { workerSchema } from '@lockstep/worker/config'
import { z } from 'zod'
import { UsageError } from './terminal/command-line.ts'
import { parsed } from './parsed-environment.ts'

const worker = workerSchema.in.shape
const storeSchema = z.object({ MONGO_URL: worker.MONGO_URL, TENANT_ID: worker.TENANT_ID })
const sidesSchema = storeSchema.extend({
  REDIS_URL: worker.REDIS_URL.optional(),
  STRIPE_SECRET_KEY: worker.STRIPE_SECRET_KEY,
  STRIPE_API_BASE: worker.STRIPE_API_BASE,
  STRIPE_ACCOUNT: worker.STRIPE_ACCOUNT,
  STRIPE_LINK_BY_EMAIL: worker.STRIPE_LINK_BY_EMAIL,
  STRIPE_LIMIT_ENDPOINT: worker.STRIPE_LIMIT_ENDPOINT,
  STRIPE_LIMIT_ACCOUNT: worker.STRIPE_LIMIT_ACCOUNT,
})

/** Where the tenant's data is. */
export interface StoreEnvironment {
  mongoUrl: string
  tenantId: string
}

/** Both sides of a tenant. */
export interface SidesEnvironment extends StoreEnvironment {
  /** Where the workers' budget is kept; null: calls are made slowly instead. */
  redisUrl: string | null
  stripe: { secretKey: string; apiBase?: string; livemode: boolean }
  limits: { perEndpoint: number; perAccount: number }
  /** The account that the key must belong to, where somebody said so. */
  account: string | null
  /** Of a tenant that is made anew. */
  linkByEmail: boolean
}

/** MONGO_URL and TENANT_ID. @throws UsageError */
export function readStoreEnvironment(env: NodeJS.ProcessEnv): StoreEnvironment {
  const { MONGO_URL, TENANT_ID } = parsed(storeSchema, env)
  return { mongoUrl: MONGO_URL, tenantId: TENANT_ID }
}

/** What a comparison needs. @throws UsageError */
export function readSidesEnvironment(env: NodeJS.ProcessEnv): SidesEnvironment {
  const values = parsed(sidesSchema, env)
  const livemode = /^(sk|rk)_live_/.test(values.STRIPE_SECRET_KEY)
  if (livemode && values.STRIPE_API_BASE !== undefined) {
    throw new UsageError('STRIPE_API_BASE: a live key must never be sent to a sandbox')
  }
  return {
    mongoUrl: values.MONGO_URL,
    tenantId: values.TENANT_ID,
    redisUrl: values.REDIS_URL ?? null,
    stripe: {
      secretKey: values.STRIPE_SECRET_KEY,
      ...(values.STRIPE_API_BASE !== undefined && { apiBase: values.STRIPE_API_BASE }),
      livemode,
    },
    account: values.STRIPE_ACCOUNT ?? null,
    linkByEmail: values.STRIPE_LINK_BY_EMAIL,
    limits: {
      perEndpoint: values.STRIPE_LIMIT_ENDPOINT,
      // Stripe's published limits, as in the worker.
      perAccount: values.STRIPE_LIMIT_ACCOUNT ?? (livemode ? 100 : 25),
    },
  }
}
