// `pnpm prove` names its proofs, refuses what it does not know, and each proof leads to what is there.

import { execFile } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from '../docs/dockerfile.ts'
import { proofs } from './proofs.ts'

test.each(['--list', '--help'])('%s names each proof and what it proves', async (flag) => {
  const { code, stdout } = await prove(flag)
  expect(code).toBe(0)
  for (const { name, proves } of proofs) expect(stdout).toMatch(new RegExp(`^  ${name} +${proves}$`, 'm'))
})

test.each([['nothing'], ['sandbox-fuzz', 'nothing'], ['--nothing']])(
  '%s %s is refused with the usage',
  async (...args) => {
    const { code, stdout, stderr } = await prove(...args)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('usage: pnpm prove [NAME …]')
    expect(stderr).toMatch(/^.*'?-*nothing'?/)
  },
)

test.each(proofs)('$name picks files that are there and read its counts', ({ run, counts }) => {
  if ('node' in run) return expect(existsSync(join(repository, run.node[0] ?? ''))).toBe(true)
  const tests = globSync(['{apps,packages}/*/test/**/*.ts', 'test/**/*.ts'], { cwd: repository })
  expect(tests.filter((path) => path.includes(run.tests))).not.toEqual([])
  const source = tests.map((path) => readFileSync(join(repository, path), 'utf8')).join('\n')
  for (const variable of Object.keys(counts)) expect(source).toContain(`process.env['${variable}']`)
})

function prove(...args: string[]) {
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((done) => {
    const main = join(repository, 'test/prove.ts')
    execFile(process.execPath, [main, ...args], (error, stdout, stderr) =>
      done({ code: error?.code ?? 0, stdout, stderr }),
    )
  })
}
