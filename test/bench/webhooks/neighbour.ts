// Owns the neighbour in the receiving half: @supabase/stripe-sync-engine on the stand-in's PostgreSQL, under the same load.
// Each event is of a customer of its own: what it keeps is one row a customer, so only then is each acknowledged event a row that
// can be looked for, and only then is none of them dropped as older than another of the same second.

import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type BenchContext, type Figure, repeated } from '../benchmark.ts'
import { saturate } from '../load/saturate.ts'
import { startServer } from '../server-process.ts'
import type { BenchStack } from '../stack/bench-stack.ts'
import { rowsOf, postgresOf, withDatabase } from '../stack/stand-in-postgres.ts'
import { webhooksOf } from './load.ts'

const customerRow = z.object({ id: z.string() })

const routeMain = fileURLToPath(new URL('./neighbour-route.ts', import.meta.url))

/** Acknowledgements a second, and how many of them are a row afterwards; none where there is no PostgreSQL, which is remarked. */
export async function neighbour(
  context: BenchContext,
  stack: BenchStack,
  connections: number,
): Promise<Figure[]> {
  const server = await postgresOf(stack)
  if (server === null) {
    context.remark('no PostgreSQL was started here (the stand-in brings one): the neighbour was not measured')
    return []
  }
  context.tell('the neighbour: @supabase/stripe-sync-engine')
  return withDatabase(server, async (url) => {
    const route = await startServer(process.execPath, [routeMain, url])
    try {
      await loaded(route.url, url, { connections, seconds: 1 })
      const runs = await repeated(context.runs, () =>
        loaded(route.url, url, { connections, seconds: context.seconds }),
      )
      return [
        { name: 'the neighbour: acknowledged', unit: '/s', runs: runs.map(({ perSecond }) => perSecond) },
        { name: '… of it a row afterwards', unit: '%', runs: runs.map(({ kept }) => kept) },
      ]
    } finally {
      await route.close()
    }
  })
}

/** One run: answers a second, and the per cent of the acknowledged that is a row. */
async function loaded(
  url: string,
  databaseUrl: string,
  { connections, seconds }: { connections: number; seconds: number },
): Promise<{ perSecond: number; kept: number }> {
  const mark = randomBytes(4).toString('hex')
  const acknowledged = new Set<string>()
  const { perSecond } = await saturate({
    url,
    connections,
    ends: { afterMs: seconds * 1_000 },
    request: webhooksOf(`evt_${mark}`, (number) => `cus_${mark}${number}`),
    answered: (number) => void acknowledged.add(`cus_${mark}${number}`),
  })
  const rows = await rowsOf(databaseUrl, 'select id from stripe.customers where id like $1', [
    `cus\\_${mark}%`,
  ])
  const ids = new Set(rows.map((row) => customerRow.parse(row).id))
  const kept = [...acknowledged].filter((id) => ids.has(id)).length
  return { perSecond, kept: (100 * kept) / acknowledged.size }
}
