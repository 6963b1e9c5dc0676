// Owns: building FerretDB, the process that speaks MongoDB's protocol in front of PostgreSQL.
// Promises: the program comes through the Go module proxy that this machine is set to use; Go's module and
// build caches of the build are its own, and removed, so that nothing but the program stays.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram, run } from '../../process/command.ts'
import { Unavailable } from '../../provider.ts'

/** The version the store's conformance suite passes on; go.mod of it asks for Go 1.25. */
export const ferretdbVersion = '2.7.0'
const oldestGo = [1, 25] as const
/** From here on Go fetches a newer toolchain by itself, unless GOTOOLCHAIN=local. */
const selfUpdatingGo = [1, 21] as const

export const goRemedy = `install Go ${oldestGo.join('.')} or newer, or start Docker, or set MONGO_URL`

/** @throws Unavailable where Go is missing or too old. */
export async function checkGo(env: NodeJS.ProcessEnv): Promise<void> {
  if ((await findProgram('go', env)) === undefined) throw new Unavailable('no Go in PATH', goRemedy)
  const version = await run(['go', 'env', 'GOVERSION', 'GOTOOLCHAIN'], { env })
  const [, major = '0', minor = '0'] = /^go(\d+)\.(\d+)/.exec(version) ?? []
  const needed = /\nlocal\n?/.test(version) ? oldestGo : selfUpdatingGo
  if (Number(major) < needed[0] || (Number(major) === needed[0] && Number(minor) < needed[1])) {
    throw new Unavailable(`Go is ${version.split('\n')[0]}`, goRemedy)
  }
}

/** Builds `folder`/ferretdb and returns the version it states. @throws CommandFailed */
export async function buildFerretdb(
  folder: string,
  options: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<string> {
  const go = join(folder, 'go')
  const env = {
    ...options.env,
    GOBIN: folder,
    GOPATH: go,
    GOMODCACHE: join(go, 'modules'),
    GOCACHE: join(go, 'build'),
    GOFLAGS: `${options.env.GOFLAGS ?? ''} -modcacherw`.trim(),
    CGO_ENABLED: '0',
  }
  const target = `github.com/FerretDB/FerretDB/v2/cmd/ferretdb@v${ferretdbVersion}`
  await run(['go', 'install', '-ldflags=-s -w', target], { env, signal: options.signal })
  await rm(go, { recursive: true, force: true })
  return versionOfFerretdb(folder, options.env)
}

/** What the program in `folder` says about itself, e.g. `2.7.0`. @throws CommandFailed where it does not run. */
export async function versionOfFerretdb(folder: string, env: NodeJS.ProcessEnv): Promise<string> {
  const text = await run([join(folder, 'ferretdb'), '--version'], { env, cwd: folder })
  return /version:\s*v?(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? 'unknown'
}
