// The description of the API is true: it says what is served, all of it, and nothing else.

import { readFileSync } from 'node:fs'
import { errorCatalogue } from '@lockstep/domain/error/catalogue'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { breakingChanges } from '../src/openapi/breaking-changes.ts'
import { mounts } from '../src/customers/mounts.ts'
import { type ApiDescription, responseIn, templateOf } from '../src/openapi/describe-api.ts'
import { startGateway } from './support/gateway.ts'

async function described(): Promise<{ spec: ApiDescription; text: string }> {
  const { call } = await startGateway()
  const { text } = await call('GET', '/openapi.json', { key: null })
  return { spec: JSON.parse(text), text }
}

test('the description is a valid OpenAPI 3.1 document, open to everybody', async () => {
  const { spec, text } = await described()
  expect(await new Validator().validate(text)).toMatchObject({ valid: true })
  expect(spec.openapi).toMatch(/^3\.1\./)
})

test('every route that is described is served, with these methods and no others', async () => {
  const { spec } = await described()
  const { call } = await startGateway()
  for (const [path, methods] of Object.entries(spec.paths)) {
    const { status, headers } = await call('OPTIONS', path, { key: null })
    const allowed = (headers.get('allow') ?? '').split(', ').filter((method) => method !== 'HEAD')
    const told = Object.keys(methods).map((method) => method.toUpperCase())
    expect([path, status, new Set(allowed)]).toEqual([path, 405, new Set(told)])
  }
})

test('every route that is served is described', async () => {
  const { served } = await startGateway()
  const { spec } = await described()
  const pages = ['/ops', '/docs'] // For people: their own routers, below these.
  const paths = served().filter((path) => !pages.some((page) => path === page || path.startsWith(`${page}/`)))
  const told = new Set(Object.keys(spec.paths))
  const templates = paths.map((path) => path.replaceAll(/:(\w+)/g, '{$1}'))
  // What is served at a mount as well is told once, at `/v1/customers`.
  const unsaid = templates.filter((path) => !told.has(path))
  expect(unsaid.map(atHome).filter((path) => path === null || !told.has(path))).toEqual([])
  expect(new Set(templates.filter((path) => told.has(path)))).toEqual(told)
})

/** The canonical path of one at a mount; null for any other. */
function atHome(path: string): string | null {
  const mount = mounts.find((each) => path.startsWith(templateOf(each.path)))
  return mount ? `/v1/customers${path.slice(templateOf(mount.path).length)}` : null
}

test('every code of the catalogue is one that some route may answer, with its status, and no other is', async () => {
  const { spec } = await described()
  const operations = Object.values(spec.paths).flatMap((methods) => Object.values(methods))
  const told = operations.flatMap(({ responses }) =>
    Object.entries(responses).flatMap(([status, response]) => {
      const schema = responseIn(spec, response)?.content?.['application/problem+json']?.schema
      const [, refinement] = schema?.allOf ?? []
      const code = typeof refinement === 'object' ? refinement.properties?.['code'] : undefined
      const codes = typeof code === 'object' ? (code.enum ?? []) : []
      return codes.map((each) => `${status} ${String(each)}`)
    }),
  )
  expect(new Set(told)).toEqual(
    new Set(Object.entries(errorCatalogue).map(([code, { status }]) => `${status} ${code}`)),
  )
})

test('each operation has a name of its own', async () => {
  const { spec } = await described()
  const names = Object.values(spec.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted())
})

test('who holds the description is told so, by its ETag, without it', async () => {
  const { call } = await startGateway()
  const first = await call('GET', '/openapi.json', { key: null })
  const etag = first.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[\w-]{43}"$/)
  const again = await call('GET', '/openapi.json', { key: null, headers: { 'If-None-Match': etag } })
  expect([again.status, again.text]).toEqual([304, ''])
  const other = await call('GET', '/openapi.json', { key: null, headers: { 'If-None-Match': '"other"' } })
  expect(other.text).toBe(first.text)
})

// `npx vitest run openapi -u` writes the file anew; a change of the API is seen in its diff.
test('the description in the repository is the one that is served', async () => {
  const { text } = await described()
  await expect(text).toMatchFileSnapshot('../openapi/openapi.json')
})

/** Outcomes of events that the last release did not tell apart. Its description listed its own only; CHANGELOG says so. */
const widenedKnowingly = ['held', 'twin', 'mirrored'].map(
  (outcome) => `GET /v1/stripe-events/{id} 200 data outcome: may answer "${outcome}"`,
)

test('nothing that was released is broken, but for what the changelog names', async () => {
  const { spec } = await described()
  const released: ApiDescription = JSON.parse(
    readFileSync(new URL('../openapi/released.json', import.meta.url), 'utf8'),
  )
  expect(breakingChanges(released, spec)).toEqual(widenedKnowingly)
})
