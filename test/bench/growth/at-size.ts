// Owns the reads of a stack that grows: one customer by its id, and a page of the newest fifty.

import { type BenchContext, type Figure, repeated } from '../benchmark.ts'
import { saturate } from '../load/saturate.ts'
import { p50Of, p99Of } from '../load/shown.ts'
import { readAt } from '../reads/reads.ts'
import { type BenchStack, gatewayOf } from '../stack/bench-stack.ts'

/** Far below what is asked of them elsewhere: here the size is to show, not the load (a second). */
const readsPerSecond = 200
/** A step without a factor in common with a power of ten visits everybody, in no order that a disk could follow. */
const stride = 7_919

/** Who is read, and how many there are, in words. */
export interface AtSize {
  ids: readonly string[]
  at: string
}

/** Any of them, another one each time. */
export async function steadyRead(
  context: BenchContext,
  stack: BenchStack,
  { ids, at }: AtSize,
): Promise<Figure[]> {
  const path = (number: number) => `/v1/customers/${ids[(number * stride) % ids.length] ?? ''}`
  const runs = await readAt(context, stack, { perSecond: readsPerSecond, path })
  return [
    { name: `${at}: read by id, p50`, unit: 'ms', runs: p50Of(runs) },
    { name: `${at}: read by id, p99`, unit: 'ms', runs: p99Of(runs) },
  ]
}

/** The newest fifty of all, one caller after another: where a page takes long, a rate would only show a queue. */
export async function pageAtSize(
  context: BenchContext,
  stack: BenchStack,
  { at }: AtSize,
): Promise<Figure[]> {
  const headers = { authorization: `Bearer ${stack.apiKey}` }
  const pages = (seconds: number) =>
    saturate({
      url: gatewayOf(stack),
      connections: 1,
      ends: { afterMs: seconds * 1_000 },
      request: () => ({ method: 'GET', path: '/v1/customers?limit=50', headers }),
    })
  await pages(1)
  const runs = await repeated(context.runs, () => pages(context.seconds))
  return [
    { name: `${at}: page of 50, p50`, unit: 'ms', runs: p50Of(runs) },
    { name: `${at}: page of 50, p99`, unit: 'ms', runs: p99Of(runs) },
  ]
}
