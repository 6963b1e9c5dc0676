// Owns the batch: up to a thousand writes in one request, each answered by itself.
// Promises: an item is what the same write alone would be, with the same answer; items of one customer are taken in the
// order in which they stand; a repeat of the batch under its Idempotency-Key repeats each item under a key of its own.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import { z } from 'zod'
import { answers } from '../http/answer-shape.ts'
import type { CallRoute, Part } from '../http/call-route.ts'
import { idempotencyKey } from '../http/conditions.ts'
import { problemAnswer } from '../http/problem.ts'
import { type Answer, type ApiRequest, type ApiRoute, apiRoute, type Route, success } from '../http/route.ts'

/** Items of one batch (DESIGN section 5). */
const itemsMax = 1_000
/** Items under way at once: enough to fill a group commit, few enough to leave room for other callers. */
const atOnce = 128

/** POST of the batch. `all` gives the routes whose writes may stand in one. */
export function batchRoute(deps: { all: () => readonly Route[]; call: CallRoute }): Route {
  let known: Map<string, ApiRoute> | null = null
  const writes = () =>
    (known ??= new Map(
      deps
        .all()
        .filter(isWrite)
        .map((route) => [route.name, route]),
    ))

  return apiRoute({
    method: 'POST',
    path: '/v1/operations',
    name: 'batch_operations',
    does: 'Carries out up to 1,000 writes, each answered by itself.',
    group: 'operations',
    scope: 'customers',
    accepts: { headers: batchHeaders, body: batch, many: true },
    answers: { 200: answers('One answer for each item, in their order.', z.array(itemAnswered)) },
    async handle(request) {
      const { operations } = request.body
      const found = await inOrder(operations, (item, index) => answerItem({ item, index, request }))
      return { status: 200, body: success(found) }
    },
  })

  async function answerItem({ item, index, request }: Asked) {
    const route = writes().get(item.operation)
    const answer = route
      ? await deps.call(route, partOf({ item, index, request }), request)
      : unknownOperation(request.requestId)
    return { status: answer.status, body: answer.body, location: answer.headers?.['Location'] ?? null }
  }
}

interface Asked {
  item: Item
  index: number
  request: ApiRequest<{ headers: typeof batchHeaders }>
}

type Item = z.output<typeof item>

const item = z
  .strictObject({
    operation: z
      .string('must be text')
      .meta({ description: 'An `operationId` of a write, such as `create_customer`.' }),
    params: z
      .record(z.string(), z.string())
      .exactOptional()
      .meta({ description: 'The names of its path, such as `{"id": "…"}`.' }),
    body: z.unknown().optional().meta({ description: 'Its body.' }),
    idempotency_key: z.string().min(1).max(200, 'must be at most 200 characters').exactOptional(),
    if_match: z.int().nonnegative().exactOptional().meta({ description: 'The version that it asks for.' }),
  })
  .meta({ id: 'BatchItem' })

const batch = z
  .strictObject({
    operations: z
      .array(item, 'must be a list of operations')
      .min(1, 'must not be empty')
      .max(itemsMax, `must be at most ${itemsMax} operations`),
  })
  .meta({ id: 'Batch' })

const batchHeaders = z.object({
  Prefer: z
    .string()
    .optional()
    .meta({ description: 'For each item, as for a single write; `respond-async` for the highest rate.' }),
  'Idempotency-Key': idempotencyKey.pipe(
    z.string().max(200, 'must be at most 200 characters: each item adds its place').optional(),
  ),
})

const itemAnswered = z
  .strictObject({
    status: z.int().meta({ description: 'The HTTP status that the write alone would have had.' }),
    body: z.unknown().meta({ description: 'Its body: an envelope or a problem.' }),
    location: z.string().nullable(),
  })
  .meta({ id: 'BatchAnswer' })

/** Writes of customers' data; not another batch, and not the mounts, which say the same in other words. */
function isWrite(route: Route): route is ApiRoute {
  const { scope, method, path, accepts } = route
  const holdsMany = accepts.many === true || accepts.lines !== undefined
  return scope === 'customers' && method !== 'GET' && path.startsWith('/v1/') && !holdsMany
}

function partOf({ item: { params, body, if_match, idempotency_key }, index, request }: Asked): Part {
  const whole = request.headers['Idempotency-Key']
  const key = idempotency_key ?? (whole === undefined ? undefined : `${whole}:${index}`)
  const { Prefer: prefer } = request.headers
  return {
    ...(params && { params }),
    ...(body !== undefined && { body }),
    headers: {
      ...(prefer !== undefined && { prefer }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(if_match !== undefined && { 'if-match': `"${if_match}"` }),
    },
  }
}

function unknownOperation(requestId: string): Answer {
  const errors = [{ field: 'operation', message: 'is not the operationId of a write' }]
  return problemAnswer(new LockstepError('invalid_request', { errors }), requestId)
}

/** Items of one customer one after the other, the others beside each other. */
async function inOrder<Result>(
  items: readonly Item[],
  carryOut: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const chains = Map.groupBy(
    items.keys(),
    (index) => items[index]?.params?.['id']?.toLowerCase() ?? `#${index}`,
  )
  const waiting = [...chains.values()].values()
  const work = async () => {
    for (const chain of waiting) {
      for (const index of chain) {
        const next = items[index]
        if (next) results[index] = await carryOut(next, index)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, chains.size) }, work))
  return results
}
