/**
 * Owns a real browser for one test file, and pages in it.
 * Promises: whatever a page complains about fails the test that opened it; the browser goes with the file.
 */
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest'
import { findChromium } from './chromium.ts'

/** How a page is looked at. */
export type Look = { readonly width?: number; readonly scheme?: 'light' | 'dark' }

/** Gives the way to open pages. Call it once in a file. */
export function useBrowser(): (url: string, look?: Look) => Promise<Page> {
  let browser: Browser
  beforeAll(async () => {
    const { path, env } = await findChromium({ announce: () => undefined })
    // Only what is set: the type of Node's environment says that a variable may be undefined.
    const set = Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    )
    browser = await chromium.launch({ executablePath: path, env: set })
  }, 120_000)
  afterAll(() => browser?.close())
  return async (url, { width = 1280, scheme = 'light' } = {}) => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: scheme })
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      // What a test lets fail on purpose, a connection or a call, is not the page's fault.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load'))
        complaints.push(message.text())
    })
    onTestFinished(async () => {
      await context.close()
      expect(complaints).toEqual([])
    })
    await page.goto(url)
    return page
  }
}
