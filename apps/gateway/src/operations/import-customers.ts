// Owns the import: customers as lines of JSON (NDJSON), any number of them, answered line by line while they come.
// Promises: a line is what the same `POST /v1/customers` alone would be; answers stand in the order of the lines, whatever
// becomes of one; memory does not grow with the body, and no line is taken faster than answers are read. An import that
// cannot go on says so in its last line, and from which line on it is to be sent again; under the same Idempotency-Key what
// was taken already is not made twice.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import { z } from 'zod'
import { answersAs } from '../http/answer-shape.ts'
import type { CallRoute } from '../http/call-route.ts'
import { idempotencyKey } from '../http/conditions.ts'
import { problemAnswer } from '../http/problem.ts'
import type { BodyLine } from '../http/read-lines.ts'
import {
  type Answer,
  type ApiRequest,
  type ApiRoute,
  apiRoute,
  type Outlet,
  type Route,
} from '../http/route.ts'
import { described } from '../schema/described.ts'

/** Lines under way at once, as in a batch: enough to fill a group commit, few enough to leave room for others. */
const atOnce = 128
/** The highest number that a first line may have: more customers than any tenant has. */
const lineMax = 1_000_000_000

export interface ImportDeps {
  /** The route that creates one. */
  create: Route | undefined
  call: CallRoute
  /** An import ends where the process shuts down; the rest is for another one. */
  draining: () => boolean
}

const importHeaders = z.object({
  Prefer: z
    .string()
    .optional()
    .meta({ description: 'For each line, as for a single write; `respond-async` for the highest rate.' }),
  'Idempotency-Key': idempotencyKey.pipe(
    z.string().max(200, 'must be at most 200 characters: each line adds its number').optional(),
  ),
})

const importQuery = z.strictObject({
  first_line: described(
    z
      .string('must be given once')
      .regex(/^\d{1,10}$/, 'must be the number of a line')
      .transform(Number)
      .refine((line) => line >= 1 && line <= lineMax, `must be from 1 to ${lineMax}`)
      .default(1),
    {
      type: 'integer',
      minimum: 1,
      maximum: lineMax,
      default: 1,
      description: 'The number of the first line of this body, where an import goes on.',
    },
  ),
  answers: z
    .enum(['all', 'refused'], { error: 'must be all or refused' })
    .default('all')
    .meta({ description: 'Which lines are answered: all, or those alone that were refused.' }),
})

/** One line of the answer. */
const importedLine = z
  .strictObject({
    line: z.int(),
    status: z.int().meta({ description: 'The HTTP status that the write alone would have had.' }),
    id: z.string().nullable().meta({ description: 'Of the customer, unless it was refused.' }),
    operation_id: z
      .string()
      .nullable()
      .meta({ description: 'Of a write that is accepted and not applied yet.' }),
    code: z.string().nullable(),
    errors: z.array(z.strictObject({ field: z.string(), message: z.string() })),
  })
  .meta({ id: 'ImportedLine' })

/** The last line of the answer. Without it the connection was cut. */
const importEnd = z
  .strictObject({
    done: z.boolean().meta({ description: 'Whether every line was carried out.' }),
    lines: z.int(),
    refused: z.int(),
    next_line: z.int().nullable().meta({ description: 'From here on the lines are to be sent again.' }),
  })
  .meta({ id: 'ImportEnd' })

type Imported = z.output<typeof importedLine>
const accepts = {
  query: importQuery,
  headers: importHeaders,
  lines: z.object({}).loose().meta({ description: 'Each line is the body of one `POST /v1/customers`.' }),
}
type ImportRequest = ApiRequest<typeof accepts>

/** POST of an import. */
export function importCustomersRoute({ create, call, draining }: ImportDeps): Route {
  if (create?.scope !== 'customers') throw new Error('bug: there is no route that creates a customer')
  const deps = { create, call, draining }
  return apiRoute({
    method: 'POST',
    path: '/v1/imports',
    name: 'import_customers',
    does: 'Creates customers from NDJSON of any length, each line answered by itself.',
    group: 'operations',
    scope: 'customers',
    accepts,
    answers: {
      200: answersAs(
        'application/x-ndjson',
        'One line of JSON for each line, in their order, and one at the end.',
        z.union([importedLine, importEnd]).optional(),
      ),
    },
    async handle(request) {
      return {
        status: 200,
        headers: { 'Content-Type': 'application/x-ndjson; charset=utf-8' },
        stream: (out) => importLines(deps, request, out),
      }
    },
  })
}

async function importLines(
  deps: { create: ApiRoute; call: CallRoute; draining: () => boolean },
  request: ImportRequest,
  out: Outlet,
): Promise<void> {
  const { first_line: firstLine, answers } = request.query
  let [lines, refused, stoppedAt, gone] = [0, 0, Infinity, false]
  const tell = async (imported: Imported) => {
    lines += 1
    if (imported.code === 'unavailable') stoppedAt = Math.min(stoppedAt, imported.line)
    else if (imported.code !== null) refused += 1
    if (answers === 'refused' && imported.code === null) return
    gone = !(await out.write(`${JSON.stringify(imported)}\n`)) || gone
  }
  const underWay: Promise<Imported>[] = []
  let next = firstLine
  for await (const { line, bytes } of request.lines) {
    next = firstLine + line
    underWay.push(importLine(deps, request, { line: next - 1, bytes }))
    const oldest = underWay.length < atOnce ? undefined : underWay.shift()
    if (oldest) await tell(await oldest)
    if (deps.draining()) stoppedAt = Math.min(stoppedAt, next)
    if (gone || stoppedAt < Infinity) break
  }
  for (const each of underWay) await tell(await each)
  const done = stoppedAt === Infinity
  await out.write(`${JSON.stringify({ done, lines, refused, next_line: done ? null : stoppedAt })}\n`)
}

async function importLine(
  { create, call }: { create: ApiRoute; call: CallRoute },
  request: ImportRequest,
  { line, bytes }: BodyLine,
): Promise<Imported> {
  const { Prefer: prefer, 'Idempotency-Key': key } = request.headers
  const body = bytes === null ? 'too_large' : parsed(bytes)
  const answer =
    typeof body === 'string'
      ? problemAnswer(new LockstepError(body), request.requestId)
      : await call(
          create,
          {
            body: body.json,
            headers: {
              ...(prefer !== undefined && { prefer }),
              ...(key !== undefined && { 'idempotency-key': `${key}:${line}` }),
            },
          },
          request,
        )
  return imported(line, answer)
}

/** JSON.parse makes `__proto__` a plain own key. */
function parsed(bytes: Buffer): { json: unknown } | 'malformed_json' {
  try {
    return { json: JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, '')) }
  } catch {
    return 'malformed_json'
  }
}

function imported(line: number, { status, body }: Answer): Imported {
  const { data, code, errors } = answered.parse(body)
  return {
    line,
    status,
    id: data?.id ?? null,
    operation_id: data?.operation_id ?? null,
    code: code ?? null,
    errors: errors ?? [],
  }
}

/** What is told of the answer of a create: an envelope or a problem. */
const answered = z.object({
  data: z.object({ id: z.string(), operation_id: z.string().optional() }).optional(),
  code: z.string().optional(),
  errors: importedLine.shape.errors.optional(),
})
