import { expect, it } from 'vitest'
import { expectedReadme, readReadme } from './support/readme.ts'

it('the tables of the README are the routes, doors and settings of the program', () => {
  // If this fails: node packages/stripe-sandbox/test/support/readme.ts
  expect(readReadme()).toBe(expectedReadme())
})
