import { expect, it } from 'vitest'
import { createRouter } from '../src/http/router.ts'
import { openSpec } from '../src/params/from-spec.ts'
import { allRoutes } from '../src/resources/all.ts'
import { openAnswerCheck } from './support/answer-check.ts'
import { testSandbox } from './support/sandbox.ts'

const sandbox = await testSandbox({ frozen: true })
const routes = allRoutes(openSpec())
const check = openAnswerCheck()
const router = createRouter(routes)
const refused = async (method: string, path: string, headers: Record<string, string> = {}) => {
  const answer = await sandbox.request(method, path, undefined, headers)
  const template = router.match(method, path.split('?')[0] ?? '')?.route.path ?? ''
  check({ method, template, status: answer.status, body: answer.json, expanded: false })
  return answer.status
}

it.each(routes.map(({ method, path }) => [method, path] as const))(
  '%s %s refuses with errors that Stripe could have given',
  async (method, path) => {
    const nobody = path.replaceAll(/\{\w+\}/g, 'nobody')
    expect(await refused(method, `${nobody}?nope=1`)).toBe(400)
    expect(await refused(method, nobody, { Authorization: 'Bearer nope' })).toBe(401)
    expect(await refused(method, nobody, { 'Stripe-Version': 'newest' })).toBe(400)
    if (nobody !== path) expect([400, 404]).toContain(await refused(method, nobody))
  },
)
