// Owns what the processes that tests start have run of the product's code: Node writes it as they end, and it is read here.
// Promises: only processes that were asked to tell it; one that was killed told nothing, so what is told is the least that is true.

import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mergeProcessCovs, type ProcessCov, type ScriptCov } from '@bcoe/v8-coverage'
import { createCoverageMap, type FileCoverageData } from '@vitest/istanbul-lib-coverage'
import { parse } from 'acorn'
import { convert } from 'ast-v8-to-istanbul'

/** Where children write, if this run measures. */
const variable = 'LOCKSTEP_CHILD_COVERAGE'
const tellCoverage = import.meta.resolve('./tell-coverage.ts')
const productPrefix = 'product-'
const product = /^(apps|packages)\/[^/]+\/src\/.*\.ts$/

/** For the run of the tests: their processes find the folder here. */
export function measureChildren(folder: string): NodeJS.ProcessEnv {
  return { [variable]: folder }
}

/** For a process that a test starts and lets end by itself. */
export function childCoverage(): Record<string, string> {
  const folder = process.env[variable]
  // Code that comes compiled from a cache tells less precisely what of it ran.
  return folder === undefined ? {} : { NODE_V8_COVERAGE: folder, NODE_DISABLE_COMPILE_CACHE: '1' }
}

/** For a server that a test starts: its variables, and the signal at which it ends and tells. null: nothing is measured. */
export function serverCoverage(): { env: Record<string, string>; endSignal: NodeJS.Signals } | null {
  const env = childCoverage()
  if (env['NODE_V8_COVERAGE'] === undefined) return null
  return { env: { ...env, NODE_OPTIONS: `--import=${tellCoverage}` }, endSignal: 'SIGUSR2' }
}

/** What they ran of each source, all together; what they wrote is gone afterwards. */
export async function readChildren(folder: string, root: string): Promise<FileCoverageData[]> {
  const files: FileCoverageData[] = []
  for (const script of scriptsIn(folder, root)) {
    const path = fileURLToPath(script.url)
    // Types give way to blanks, so each place is where it is in the source.
    const code = stripTypeScriptTypes(await readFile(path, 'utf8'))
    const ast = parse(code, { ecmaVersion: 'latest', sourceType: 'module', locations: true })
    const map = createCoverageMap(
      // acorn's tree is ESTree, whose types it declares itself.
      await convert({ code, ast: ast as never, coverage: script, wrapperLength: 0 }),
    )
    files.push(...map.files().map((each) => map.fileCoverageFor(each).data))
  }
  return files
}

/**
 * Keeps the product's part alone of what was told so far. A process tells of every library that it loaded, two megabytes; call
 * it now and then while hundreds of them come and go. What is not whole yet is left for the next time.
 */
export function keepProduct(folder: string, root: string): void {
  for (const name of readdirSync(folder).filter((file) => file.startsWith('coverage-'))) {
    const path = join(folder, name)
    const result = told(readFileSync(path, 'utf8'))?.filter(
      ({ url }) => url.startsWith('file:') && product.test(relative(root, fileURLToPath(url))),
    )
    if (result === undefined) continue
    writeFileSync(join(folder, `${productPrefix}${name}`), JSON.stringify({ result }))
    rmSync(path)
  }
}

/** What all processes ran of each source, put together. */
function scriptsIn(folder: string, root: string): ScriptCov[] {
  keepProduct(folder, root)
  let all: ProcessCov = { result: [] }
  for (const name of readdirSync(folder).filter((file) => file.startsWith(productPrefix))) {
    const path = join(folder, name)
    all = mergeProcessCovs([all, { result: told(readFileSync(path, 'utf8')) ?? [] }])
    rmSync(path)
  }
  return all.result
}

/** undefined: it is being written, or its process was killed meanwhile. */
function told(text: string): ScriptCov[] | undefined {
  try {
    return (JSON.parse(text) as ProcessCov).result // Written by Node in this form.
  } catch {
    return undefined
  }
}
