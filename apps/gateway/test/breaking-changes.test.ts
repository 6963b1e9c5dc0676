// What breaks a client is noticed, and what does not is left in peace: each row changes the released description.

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { breakingChanges } from '../src/openapi/breaking-changes.ts'
import type { ApiDescription, OperationObject } from '../src/openapi/describe-api.ts'
import type { JsonSchema } from '../src/schema/described.ts'

const text = readFileSync(new URL('../openapi/released.json', import.meta.url), 'utf8')
const released = (): ApiDescription => JSON.parse(text)

function operation(spec: ApiDescription, method: string, path: string): OperationObject {
  const found = spec.paths[path]?.[method]
  if (!found) throw new Error(`no ${method} ${path}`)
  return found
}

type ObjectSchema = JsonSchema & { properties: Record<string, JsonSchema>; required: string[] }

function component(spec: ApiDescription, id: string): ObjectSchema {
  const schema = spec.components.schemas[id]
  if (!schema?.properties) throw new Error(`no object ${id}`)
  schema.required ??= []
  return schema as ObjectSchema // Its properties are objects: it was generated.
}

const body = (spec: ApiDescription) => component(spec, 'NewCustomer')
const customer = (spec: ApiDescription) => component(spec, 'Customer')

const breaking: [name: string, change: (spec: ApiDescription) => void, told: string][] = [
  [
    'a route is gone',
    (spec) => void delete spec.paths['/v1/customers/{id}']?.['delete'],
    'DELETE /v1/customers/{id}: is gone',
  ],
  [
    'an operation has another name',
    (spec) => void (operation(spec, 'get', '/v1/customers').operationId = 'all_customers'),
    'GET /v1/customers: is called all_customers now',
  ],
  [
    'an open route asks for a key',
    (spec) => void (operation(spec, 'get', '/livez').security = [{ api_key: [] }]),
    'GET /livez: asks for a key now',
  ],
  [
    'a filter is no longer taken',
    (spec) => {
      const list = operation(spec, 'get', '/v1/customers')
      list.parameters = (list.parameters ?? []).filter(({ name }) => name !== 'tier')
    },
    'GET /v1/customers query tier: is no longer taken',
  ],
  [
    'a filter takes fewer values',
    (spec) => {
      const tier = operation(spec, 'get', '/v1/customers').parameters?.find(({ name }) => name === 'tier')
      if (tier) tier.schema.enum = ['free', 'pro', 'enterprise']
    },
    'GET /v1/customers query tier: no longer takes "basic"',
  ],
  [
    'a parameter became required',
    (spec) => {
      const list = operation(spec, 'get', '/v1/customers')
      list.parameters?.push({ name: 'app', in: 'query', required: true, schema: { type: 'string' } })
    },
    'GET /v1/customers query app: is required now',
  ],
  [
    'a field of a create is gone',
    (spec) => void delete body(spec).properties['source'],
    'POST /v1/customers body source: is gone',
  ],
  [
    'a field of a create became required',
    (spec) => void (body(spec).required = ['name']),
    'POST /v1/customers body name: is required now',
  ],
  [
    'a field can no longer be null',
    (spec) => void (body(spec).properties['name'] = { type: 'string', maxLength: 255 }),
    'POST /v1/customers body name: can no longer be null',
  ],
  [
    'a field may be less long',
    (spec) => void (body(spec).properties['key'] = { type: 'string', minLength: 1, maxLength: 64 }),
    'POST /v1/customers body key: maxLength is 64 now',
  ],
  [
    'a member of an answer is gone',
    (spec) => void delete customer(spec).properties['tags'],
    'POST /v1/customers 201 data tags: is gone',
  ],
  [
    'a member of an answer may be missing',
    (spec) => void (customer(spec).required = customer(spec).required.filter((name) => name !== 'version')),
    'POST /v1/customers 201 data version: may be missing now',
  ],
  [
    'a member of an answer may be null',
    (spec) => void (customer(spec).properties['key'] = { anyOf: [{ type: 'string' }, { type: 'null' }] }),
    'POST /v1/customers 201 data key: may be null now',
  ],
  [
    'a member of an answer has a new value',
    (spec) => void customer(spec).properties['state']?.enum?.push('frozen'),
    'POST /v1/customers 201 data state: may answer "frozen"',
  ],
  [
    'a status is no longer answered',
    (spec) => void delete operation(spec, 'post', '/v1/customers').responses['202'],
    'POST /v1/customers: no longer answers 202',
  ],
]

test.each(breaking)('%s: that is told, with its place', (_name, change, told) => {
  const spec = released()
  change(spec)
  expect(breakingChanges(released(), spec)).toContain(told)
})

test('what is added breaks nobody', () => {
  const spec = released()
  const list = operation(spec, 'get', '/v1/customers')
  list.parameters?.push({ name: 'tag', in: 'query', required: false, schema: { type: 'string' } })
  list.responses['409'] = { description: 'new' }
  body(spec).properties['nickname'] = { type: 'string' }
  customer(spec).properties['nickname'] = { type: 'string' }
  spec.paths['/v1/new'] = { get: { ...list, operationId: 'new' } }
  expect(breakingChanges(released(), spec)).toEqual([])
  expect(breakingChanges(released(), released())).toEqual([])
})
