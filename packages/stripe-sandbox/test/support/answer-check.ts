/**
 * Owns the judgement of an answer of the API: could Stripe have given it?
 * Promises: an answer of 200 is checked against the specification where that holds its operation or its objects, and against the type
 * declarations of the official client; any other answer against the specification's errors. An object that neither describes fails, so
 * nothing passes unseen.
 */
import { shapeProblems } from './declared-shape.ts'
import { openSpecification, type Problems, type Spec } from './spec.ts'

/** One answer. `expanded`: the request asked for `expand`, so ids may be objects. */
export type JudgedAnswer = {
  readonly method: string
  /** The path as the route declares it, `/v1/customers/{id}`. */
  readonly template: string
  readonly status: number
  readonly body: unknown
  readonly expanded: boolean
}

/** Throws an Error that names what is wrong. */
export type AnswerCheck = (answer: JudgedAnswer) => void

/** Makes the check. */
export function openAnswerCheck(): AnswerCheck {
  const spec = openSpecification()
  return ({ method, template, status, body, expanded }) => {
    const problems =
      status === 200 ? answerProblems(spec, method, template, body, expanded) : spec.error(body)
    const known = template.startsWith('/v2/') ? problems.filter((one) => !isOwnCode(one)) : problems
    if (known.length === 0) return
    const text = JSON.stringify(body)?.slice(0, 2000)
    throw new Error(`${method} ${template} ${status}: ${known.join('; ')}\n${text}`)
  }
}

/** The codes of the specification are those of v1; v2 has others, and declares none. */
function isOwnCode(problem: string): boolean {
  return problem.startsWith('/error/code ')
}

function answerProblems(
  spec: Spec,
  method: string,
  template: string,
  body: unknown,
  expanded: boolean,
): Problems {
  // The specification shows expandable members as ids; the declarations know both.
  if (expanded) return shapeProblems(body)
  return [
    ...(spec.answer(method, template, true, body) ?? []),
    ...objectProblems(spec, body, 'answer'),
    ...shapeProblems(body),
  ]
}

/** Every object in the answer whose kind the specification knows, however deep: the object of an event, the card of a decline. */
function objectProblems(spec: Spec, value: unknown, at: string): Problems {
  if (typeof value !== 'object' || value === null) return []
  const kind = 'object' in value && typeof value.object === 'string' ? value.object : ''
  const deleted = 'deleted' in value && value.deleted === true
  const own = (spec.object(kind, deleted, value) ?? []).map((problem) => `${at}${problem}`)
  return [
    ...own,
    ...Object.entries(value).flatMap(([name, inner]) => objectProblems(spec, inner, `${at}.${name}`)),
  ]
}
