// Owns how a route declares its answers: what each status means, the schema of its body, the headers beside it.

import { z } from 'zod'

/** The headers that answers of ours carry beside those of every answer. */
export type AnswerHeader = keyof typeof answerHeaders

/** One answer: `body` is the whole body, envelope included; null: there is none. */
export interface AnswerShape {
  means: string
  /** The media type of the body. */
  type: string
  body: z.ZodType | null
  headers: readonly AnswerHeader[]
}

/** What each header of an answer says. */
export const answerHeaders = {
  ETag: 'The version of what is shown, for `If-Match` or `If-None-Match`.',
  Location: 'Where to read what came of it.',
  'Retry-After': 'Seconds until another look is worth it.',
  'Preference-Applied': 'What of `Prefer` was heeded (RFC 7240).',
  'Content-Disposition': 'The name of the file to save it as.',
  'Cache-Control': 'How long the answer may be kept.',
  'X-Accel-Buffering': 'Asks proxies to hand each line on at once.',
  Allow: 'The methods that this path has.',
} as const

/** The schema of the success envelope (`success` in route.ts) around `data`. */
export function enveloped<More extends z.ZodRawShape>(data: z.ZodType, more?: More) {
  return z.strictObject({ status: z.literal('success'), data, ...more })
}

/** A JSON answer in the envelope. */
export function answers(
  means: string,
  data: z.ZodType,
  options: { headers?: readonly AnswerHeader[]; more?: z.ZodRawShape } = {},
): AnswerShape {
  return {
    means,
    type: 'application/json',
    body: enveloped(data, options.more),
    headers: options.headers ?? [],
  }
}

/** An answer that is not in the envelope: text, or JSON of somebody else's form. */
export function answersAs(
  type: string,
  means: string,
  body: z.ZodType | null,
  headers: readonly AnswerHeader[] = [],
): AnswerShape {
  return { means, type, body, headers }
}
