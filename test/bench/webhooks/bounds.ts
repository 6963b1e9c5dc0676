// Owns what bounds the webhooks on this machine, measured in the same run: a bare route, and the database's own inserts.

import { fileURLToPath } from 'node:url'
import { storedStripeEvent } from '@lockstep/domain/store/mongo/collections'
import { recordOfSnapshot, snapshotEventSchema } from '@lockstep/domain/stripe/snapshot-event'
import { type BenchContext, type Figure, repeated } from '../benchmark.ts'
import { saturate } from '../load/saturate.ts'
import { startServer } from '../server-process.ts'
import { bareInserts } from '../stack/bare-inserts.ts'
import { webhooks } from './load.ts'

const bareMain = fileURLToPath(new URL('./bare-route.ts', import.meta.url))

export interface BoundsOptions {
  context: BenchContext
  connections: number
  stripeIds: readonly string[]
}

/** Answers a second of a route that checks the signature and stores nothing; one for each run. */
export async function bareRoute({ context, connections, stripeIds }: BoundsOptions): Promise<number[]> {
  const server = await startServer(process.execPath, [bareMain])
  const rate = async (seconds: number) => {
    const request = webhooks('evt_bare', stripeIds)
    const ends = { afterMs: seconds * 1_000 }
    return (await saturate({ url: server.url, connections, ends, request })).perSecond
  }
  try {
    await rate(1)
    return await repeated(context.runs, () => rate(context.seconds))
  } finally {
    await server.close()
  }
}

/** The same record, inserted by nothing but the driver. */
export function bareEventInserts(
  { context, connections, stripeIds }: BoundsOptions,
  mongoUrl: string,
): Promise<Figure[]> {
  const event = snapshotEventSchema.parse(JSON.parse(webhooks('evt_bare', stripeIds)(0).body ?? ''))
  const example = storedStripeEvent(recordOfSnapshot(event, 'default', Date.now()))
  return bareInserts(context, { mongoUrl, example, connections })
}
