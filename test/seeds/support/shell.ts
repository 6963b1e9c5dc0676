// Owns the shell in which a document's own commands run, to the letter: what they call by name is there on every machine, and
// the host that they name is this stack.

import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Stack } from '../../support/stack.ts'

export interface Shell {
  /** Runs a script; answers its standard output. Rejects where a command of it failed. */
  run(script: string): Promise<string>
  close(): void
}

/** A shell whose `curl` finds the stack's first gateway at `host`, with its API key: the documents say nothing of keys. */
export function openShell(stack: Stack, host: string): Shell {
  const tools = mkdtempSync(join(tmpdir(), 'lockstep-seeds-'))
  const node = process.execPath
  const curl = fileURLToPath(new URL('../../docs/curl.ts', import.meta.url))
  const jq = fileURLToPath(new URL('jq.ts', import.meta.url))
  const tool = (name: string, script: string) => {
    writeFileSync(join(tools, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(tools, name), 0o755)
  }
  tool(
    'curl',
    `for word do
  shift
  case "$word" in "$HOST"*) word="$GATEWAY\${word#"$HOST"}" ;; esac
  set -- "$@" "$word"
done
exec '${node}' '${curl}' -H "Authorization: Bearer $API_KEY" "$@"`,
  )
  tool('jq', `exec '${node}' '${jq}' "$@"`)
  const env = {
    PATH: `${tools}:${process.env['PATH']}`,
    HOST: host,
    GATEWAY: stack.gateways[0]?.url ?? '',
    API_KEY: stack.apiKey,
  }
  return {
    async run(script) {
      return (await promisify(execFile)('/bin/sh', ['-euc', script], { env })).stdout
    },
    close: () => rmSync(tools, { recursive: true, force: true }),
  }
}
