import { request } from 'node:http'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRouter } from '../src/http/router.ts'
import { openSpec } from '../src/params/from-spec.ts'
import { allRoutes } from '../src/resources/all.ts'
import { openAnswerCheck } from './support/answer-check.ts'
import { testSandbox } from './support/sandbox.ts'

/** `pnpm test` sends some thousands; a release sends 50,000 (SANDBOX_FUZZ). */
const requests = Number(process.env['SANDBOX_FUZZ'] ?? 5000)
const seed = Number(process.env['SANDBOX_FUZZ_SEED'] ?? 20_261_121)

const sandbox = await testSandbox({ frozen: true })
const routes = allRoutes(openSpec())
const router = createRouter(routes)
const fieldNames = [...new Set(routes.flatMap(({ params }) => [...params.fields.keys()]))]

const strange = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ maxLength: 30 }),
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e9',
    'true',
    'null',
    '%',
    '%ff',
    '%00',
    '__proto__',
    'constructor',
    '[]',
    '[',
    ']',
    'a[b',
    '\u{1f600}',
    'x'.repeat(6000),
  ),
)
const encoded = strange.map((text) =>
  text.isWellFormed() && text.length % 5 > 0
    ? encodeURIComponent(text)
    : text.replaceAll(/[^\x21-\x7e]/g, '?'),
)
const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fieldNames) }, encoded)
const key = fc
  .tuple(name, fc.array(fc.oneof(name, fc.constantFrom('', '0', '1', 'address', 'name')), { maxLength: 4 }))
  .map(([first, rest]) => first + rest.map((part) => `[${part}]`).join(''))
const form = fc
  .array(fc.tuple(key, encoded), { maxLength: 8 })
  .map((pairs) => pairs.map(([left, right]) => `${left}=${right}`).join('&'))

it(`${requests} strange requests give answers of Stripe's kind, and leave the store consistent`, async () => {
  const check = openAnswerCheck()
  const known: string[] = ['cus_nope']
  for (let made = 0; made < 5; made++)
    known.push((await sandbox.stripe.customers.create({ name: 'seed' })).id)
  const id = fc.oneof({ weight: 3, arbitrary: fc.nat(1000) }, encoded)
  const wild = fc.record({
    route: fc.nat(10_000),
    method: fc.constantFrom('GET', 'POST', 'POST', 'DELETE', 'PUT', 'PATCH', 'OPTIONS', 'HEAD'),
    keepMethod: fc.boolean(),
    id,
    path: fc.option(encoded, { freq: 9 }),
    query: form,
    body: form,
    type: fc.constantFrom(
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded',
      'application/json',
      'text/plain',
    ),
    idempotencyKey: fc.option(fc.constantFrom('a', 'b', 'c', 'k'.repeat(300)), { freq: 3 }),
  })
  for (const one of fc.sample(wild, { numRuns: requests, seed })) {
    const route = routes[one.route % routes.length]
    const word = typeof one.id === 'number' ? (known[one.id % known.length] ?? '') : one.id
    const path =
      one.path === null ? (route?.path.replaceAll(/\{\w+\}/g, () => word) ?? '/') : `/v1/${one.path}`
    const method = one.keepMethod ? (route?.method ?? 'GET') : one.method
    const answer = await send(
      method,
      `${path}${one.query ? `?${one.query}` : ''}`,
      method === 'GET' ? '' : one.body,
      one.type,
      one.idempotencyKey,
    )
    expect(answer.status, `${method} ${path} ${one.body} → ${answer.text}`).toBeLessThan(500)
    if (method === 'HEAD' || (answer.status === 400 && answer.text === '')) continue
    const body: { id?: unknown; object?: unknown } = JSON.parse(answer.text)
    const template = router.match(method, path)?.route.path
    const expanded = `${one.query}&${one.body}`.includes('expand')
    if (template) check({ method, template, status: answer.status, body, expanded })
    if (answer.status === 200 && method === 'POST' && typeof body.id === 'string' && known.length < 200)
      known.push(body.id)
  }
  const seen = new Set<string>()
  for await (const customer of sandbox.stripe.customers.list({ limit: 100 })) {
    expect(seen.has(customer.id)).toBe(false)
    seen.add(customer.id)
    expect(await sandbox.stripe.customers.retrieve(customer.id)).toMatchObject({
      id: customer.id,
      object: 'customer',
    })
  }
})

function send(
  method: string,
  path: string,
  body: string,
  type: string,
  key: string | null,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = {
      Authorization: 'Bearer sk_test_fuzz',
      'Content-Type': type,
      'Content-Length': String(Buffer.byteLength(body)),
    }
    if (key !== null) headers['Idempotency-Key'] = key
    const sent = request({ host: sandbox.host, port: sandbox.port, method, path, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      )
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
