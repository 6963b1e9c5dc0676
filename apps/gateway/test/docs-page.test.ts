// The API's documentation as a person uses it, in a real browser.

import { useBrowser } from '@lockstep/local-services/browser-in-tests'
import { expect, test } from 'vitest'
import { startGateway } from './support/gateway.ts'

const open = useBrowser()

test('the page shows every operation, and asks nobody but this process', async () => {
  const { url, call } = await startGateway()
  const page = await open('about:blank')
  const asked: string[] = []
  page.on('request', (request) => void asked.push(new URL(request.url()).origin))
  await page.goto(`${url}/docs`)
  const { body } = await call('GET', '/openapi.json', { key: null })
  const names = Object.values<Record<string, { operationId: string }>>(body.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  )
  await page.locator('.opblock').first().waitFor()
  const shown = await page.locator('.opblock').evaluateAll((blocks) => blocks.map(({ id }) => id))
  expect(shown).toHaveLength(names.length)
  for (const name of names) expect(shown.some((id) => id.endsWith(`-${name}`))).toBe(true)
  expect(asked.filter((origin) => origin !== url && origin !== 'null')).toEqual([])
})

test('a reader gives a key and tries a call, and sees what came back', async () => {
  const { url, call, apiKey } = await startGateway()
  await call('POST', '/v1/customers', { json: { key: 'shown-in-the-page' } })
  const page = await open(`${url}/docs`)
  await page.locator('button.authorize').click()
  await page.locator('.auth-container input').first().fill(apiKey)
  await page.locator('.auth-btn-wrapper button.authorize').first().click()
  await page.locator('.auth-btn-wrapper button.btn-done').first().click()
  const list = page.locator('.opblock[id$="-list_customers"]')
  await list.locator('.opblock-summary-control').click()
  await list.locator('button.try-out__btn').click()
  await list.locator('button.execute').click()
  const answer = list.locator('.live-responses-table .response-col_description')
  await answer.getByText('shown-in-the-page').first().waitFor()
  expect(
    await list.locator('.live-responses-table tbody .response-col_status').first().innerText(),
  ).toContain('200')
})

test('the page allows no script but its own files, and keeps the usual safety headers', async () => {
  const { call } = await startGateway()
  const { headers, text } = await call('GET', '/docs', { key: null })
  expect(headers.get('content-security-policy')).toContain("script-src 'self';")
  expect(headers.get('content-security-policy')).not.toContain('unsafe')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(text).not.toMatch(/<script(?![^>]* src="\/docs\/)/)
  const other = await call('GET', '/docs/swagger-initializer.js', { key: null })
  expect([other.status, other.body.code]).toEqual([404, 'not_found'])
})
