import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-compiled-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A program that loads code of ours after it said so. */
async function run(env: Record<string, string>): Promise<string> {
  const helper = import.meta.resolve('@lockstep/domain/process/compile-once')
  const loaded = import.meta.resolve('@lockstep/domain/sync/canonical')
  const program = `
    const { compileOnce } = await import('${helper}')
    compileOnce()
    const { canonical } = await import('${loaded}')
    console.log(canonical('name', ' Ada '))`
  const args = ['--input-type=module', '--eval', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  return stdout.trim()
}

test('what a program loads is kept in the cache folder, compiled', async () => {
  expect(await run({ LOCKSTEP_CACHE: folder })).toBe('Ada')
  expect(readdirSync(join(folder, 'compiled'), { recursive: true }).length).toBeGreaterThan(2)
})

test('without a cache folder of its own it is kept under the home folder', async () => {
  expect(await run({ HOME: folder })).toBe('Ada')
  expect(existsSync(join(folder, '.cache', 'lockstep', 'compiled'))).toBe(true)
})

test('with neither, or where nobody may write, the program runs as well', async () => {
  expect(await run({})).toBe('Ada')
  expect(await run({ HOME: join(folder, 'nobody') })).toBe('Ada')
  expect(readdirSync(folder)).toEqual([])
  expect(await run({ LOCKSTEP_CACHE: '/dev/null/there' })).toBe('Ada')
})
