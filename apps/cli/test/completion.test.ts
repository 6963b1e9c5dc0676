// What is typed half is completed by the commands as they are.

import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { childCoverage } from '../../../test/support/child-coverage.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const lockstep = (...args: string[]) =>
  execFileSync(process.execPath, [main, ...args], { encoding: 'utf8', env: childCoverage() })
let script: string
beforeAll(() => {
  script = lockstep('completion', 'bash')
})

/** What bash offers for these words, the last of which is being typed. */
function offered(...words: string[]): string[] {
  const typed = words.map((word) => `'${word}'`).join(' ')
  const run = `${script}\nCOMP_WORDS=(lockstep ${typed}); COMP_CWORD=${words.length}; _lockstep; echo "\${COMPREPLY[*]}"`
  return execFileSync('bash', ['-c', run], { encoding: 'utf8' }).split(/\s+/).filter(Boolean)
}

test('commands, their own commands and flags are completed in bash', () => {
  expect(offered('ver')).toEqual(['verify'])
  expect(offered('custom')).toEqual(['customers'])
  expect(offered('keys', '')).toContain('create')
  expect(offered('keys', 'create', '--op')).toEqual(['--operator'])
  expect(offered('customers', 'get', 'an-id', '--js')).toEqual(['--json'])
  expect(offered('dance', '')).toContain('verify')
})

test('zsh is told to take bash’s form, and no other shell is known', () => {
  expect(lockstep('completion', 'zsh')).toBe(`autoload -U +X bashcompinit && bashcompinit\n${script}`)
  expect(() => lockstep('completion', 'fish')).toThrow(/Allowed choices are bash, zsh/)
})
