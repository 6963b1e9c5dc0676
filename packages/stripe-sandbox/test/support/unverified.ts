/**
 * Owns the tests of settings that stand for what Stripe does not document: one test for each, in one of several files.
 * Promises: each begins with the defaults and an empty sandbox; the names that have a test can be listed, to compare them with the settings.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { afterEach, it } from 'vitest'
import { defaultSettings, type SandboxSettings } from '../../src/settings.ts'
import type { TestSandbox } from './sandbox.ts'

/** Adds a test of one setting: what the default does, then another value. */
export type SettingTest = (name: keyof SandboxSettings, promise: string, run: () => Promise<void>) => void

/** For the present file, whose tests all use this sandbox. */
export function settingTests(sandbox: TestSandbox): SettingTest {
  afterEach(async () => {
    sandbox.set({ ...defaultSettings(), latency: 0, limits: 'off' })
    await sandbox.door('POST', '/reset')
  })
  return (name, promise, run) => {
    it(`${name}: ${promise}`, run)
  }
}

/** The settings that have a test, by the text of the files. */
export function testedSettings(): string[] {
  const folder = new URL('../facts/', import.meta.url)
  return readdirSync(folder)
    .filter((file) => file.startsWith('unverified'))
    .flatMap((file) => [...readFileSync(new URL(file, folder), 'utf8').matchAll(/\bsetting\(\s*'(\w+)'/g)])
    .map(([, name = '']) => name)
}
