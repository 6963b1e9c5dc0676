// The types and the table of calls are those of the API's description.

import { readFileSync } from 'node:fs'
import type { ApiDescription } from '@lockstep/gateway/openapi/describe-api'
import { expect, test } from 'vitest'
import { apiText } from '../generate/api-text.ts'
import { methodsOf } from '../generate/methods.ts'

const path = new URL(import.meta.resolve('@lockstep/gateway/openapi/describe-api'))
const description: ApiDescription = JSON.parse(
  readFileSync(new URL('../../openapi/openapi.json', path), 'utf8'),
)

// `npx vitest run generated -u` writes it anew.
test('the generated file is the one that the description gives', async () => {
  await expect(apiText(description)).toMatchFileSnapshot('../src/generated/api.ts')
})

test('each method has a name of its own', () => {
  const names = methodsOf(description).map(({ group, name }) => `${group}.${name}`)
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted())
})
