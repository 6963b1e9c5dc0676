// Compares an answer with what its route declares: status, body, headers, code.

import { errorCatalogue, isErrorCode } from '@lockstep/domain/error/catalogue'
import { z } from 'zod'
import { answerHeaders } from '../../src/http/answer-shape.ts'
import { type Answer, refusalsOf, type Route } from '../../src/http/route.ts'
import { problemSchema } from '../../src/openapi/problem-schema.ts'

/** What this answer holds that the route does not declare; empty where nothing. */
export function faultsOf(route: Route, answer: Answer): string[] {
  const where = `${route.method} ${route.path} ${answer.status}`
  const shape = route.answers[answer.status]
  if (!shape)
    return answer.status < 400 ? [`${where}: this status is not declared`] : problemFaults(route, answer)
  const headers = Object.keys(answer.headers ?? {}).filter((name) => name !== 'Content-Type')
  const strange = headers.filter((name) => !shape.headers.some((known) => known === name))
  const body =
    shape.type.endsWith('json') && typeof answer.body === 'string' ? JSON.parse(answer.body) : answer.body
  const checked = shape.body?.safeParse(wire(body))
  return [
    ...strange.map((name) => `${where}: the header ${name} is not declared`),
    ...(shape.body === null && body !== undefined ? [`${where}: no body is declared`] : []),
    ...(checked && !checked.success ? [`${where}: ${z.prettifyError(checked.error)}`] : []),
  ]
}

function problemFaults(route: Route, answer: Answer): string[] {
  const where = `${route.method} ${route.path} ${answer.status}`
  const checked = problemSchema.safeParse(wire(answer.body))
  if (!checked.success) return [`${where}: ${z.prettifyError(checked.error)}`]
  const { code } = checked.data
  const declared = refusalsOf(route).includes(code) && isErrorCode(code)
  const known = new Set(['Content-Type', 'WWW-Authenticate', ...Object.keys(answerHeaders)])
  const strange = Object.keys(answer.headers ?? {}).filter((name) => !known.has(name))
  return [
    ...(declared && errorCatalogue[code].status === answer.status
      ? []
      : [`${where}: ${code} is not declared`]),
    ...strange.map((name) => `${where}: the header ${name} is not known`),
  ]
}

/** As it is on the wire: members that are undefined do not travel. */
function wire(body: unknown): unknown {
  return body === undefined ? undefined : JSON.parse(JSON.stringify(body))
}
