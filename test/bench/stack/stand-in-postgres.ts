// Owns the PostgreSQL behind the stand-in for MongoDB, as a server that others may have a database of their own on.

import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { PostgresClient } from '@supabase/stripe-sync-engine'
import { z } from 'zod'
import type { BenchStack } from './bench-stack.ts'

/** The stand-in's own database: null where the stack has a MongoDB, or where the system does not tell how FerretDB was called. */
export async function postgresOf({ mongo }: BenchStack): Promise<string | null> {
  if (mongo.gatewayPid === undefined) return null
  const call = await readFile(`/proc/${mongo.gatewayPid}/cmdline`, 'utf8').catch(() => '')
  return /--postgresql-url=([^\0]+)/.exec(call)?.[1] ?? null
}

/** A new, empty database beside it, for as long as the work lasts. */
export async function withDatabase<T>(server: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `bench_${randomBytes(4).toString('hex')}`
  await rowsOf(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  try {
    return await work(url.href)
  } finally {
    await rowsOf(server, `drop database ${name} with (force)`)
  }
}

const answered = z.object({ rows: z.array(z.unknown()) })

/** The rows that PostgreSQL answers, each as it comes. By the neighbour's own client: the benchmarks need no driver beside it. */
export async function rowsOf(url: string, sql: string, values: readonly string[] = []): Promise<unknown[]> {
  const client = new PostgresClient({ schema: 'stripe', poolConfig: { connectionString: url, max: 1 } })
  try {
    return answered.parse(await client.query(sql, [...values])).rows
  } finally {
    await client.pool.end()
  }
}
