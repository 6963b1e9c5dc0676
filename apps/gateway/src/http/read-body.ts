// Owns how bytes become a request's body: JSON up to 256 KB for the API, 8 MB for a batch, untouched bytes up to 1 MB for webhooks,
// lines of any number for an import.
// Promises: the limits hold after inflation; `__proto__` in JSON stays a plain own key; a wrong content type is 415.

import { LockstepError } from '@lockstep/domain/error/catalogue'
import express, { type Request, type RequestHandler, type Response } from 'express'
import { takeTime } from './body-time.ts'
import { readLines } from './read-lines.ts'
import type { BodyKind } from './route.ts'

/** Bytes: four times what the largest customer (32 KB of metadata, long addresses) can need. */
const jsonMaxBytes = 256 * 1024
/** Bytes: a thousand writes of 8 KB, which is a customer with all its fields and some metadata. */
const manyMaxBytes = 8 * 1024 * 1024
/** Bytes: Stripe's events stay far below; a megabyte is the contract's bound. */
const rawMaxBytes = 1024 * 1024

/** The names under which JSON in lines goes; none of them is registered. */
const lineTypes = ['application/x-ndjson', 'application/ndjson', 'application/jsonl']

const readJson = express.json({ limit: jsonMaxBytes, type: () => true })
const readMany = express.json({ limit: manyMaxBytes, type: () => true })
const readRaw = express.raw({ limit: rawMaxBytes, type: () => true })

/** The body as the route asks for it; undefined where the request has none. */
export async function readBody(kind: BodyKind, req: Request, res: Response): Promise<unknown> {
  if (kind === 'none' || !hasBody(req)) return undefined
  if (kind === 'lines') {
    if (!req.is(lineTypes) || isEncoded(req)) throw new LockstepError('unsupported_media_type')
    takeTime(req)
    return readLines(req)
  }
  if (!req.is('application/json')) throw new LockstepError('unsupported_media_type')
  await run({ json: readJson, many: readMany, raw: readRaw }[kind], req, res)
  return req.body
}

/** Lines are not inflated: what a few bytes may become has no bound there. */
function isEncoded(req: Request): boolean {
  return (req.headers['content-encoding'] ?? 'identity') !== 'identity'
}

function hasBody(req: Request): boolean {
  return req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0
}

function run(handler: RequestHandler, req: Request, res: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    handler(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)))
  })
}
