// Owns: programs taken from the Debian (or Ubuntu) mirror that this machine already uses, without installing them.
// Promises: nothing outside `folder` changes, no service starts, and no root is needed.
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'

/**
 * Downloads `packages`, with those they need and this machine lacks, and unpacks them into `folder`.
 * @throws CommandFailed with apt's own words.
 */
export async function unpackDebianPackages(
  folder: string,
  packages: string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const apt = join(folder, '.apt')
  await mkdir(join(apt, 'lists/partial'), { recursive: true })
  await mkdir(join(apt, 'cache/archives/partial'), { recursive: true })
  try {
    const lists = await listsThatKnow(packages, apt, env)
    const install = ['apt-get', ...lists, '--simulate', 'install', '--no-install-recommends', ...packages]
    const plan = await run(install, { env })
    const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '')
    await run(['apt-get', ...lists, 'download', ...new Set([...packages, ...missing])], { env, cwd: apt })
    const files = (await readdir(apt)).filter((file) => file.endsWith('.deb'))
    for (const file of files) await run(['dpkg', '-x', join(apt, file), folder], { env })
  } finally {
    await rm(apt, { recursive: true, force: true })
  }
}

/** apt's options for package lists: none where this machine has them, else lists of our own (a fresh container image). */
async function listsThatKnow(packages: string[], apt: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const known = await run(['apt-cache', 'show', ...packages], { env }).catch(() => '')
  if (known !== '') return []
  const own = ['-o', `Dir::State::Lists=${apt}/lists`, '-o', `Dir::Cache=${apt}/cache`]
  await run(['apt-get', ...own, '-o', 'Debug::NoLocking=true', 'update'], { env })
  return own
}

/** `env` with the unpacked programs and their libraries (Debian keeps those per architecture) found first. */
export async function withUnpacked(folder: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const base = join(folder, 'usr/lib')
  const libraries = (await readdir(base).catch(() => [])).map((name) => join(base, name))
  const programs = ['usr/bin', 'usr/sbin'].map((name) => join(folder, name))
  return {
    ...env,
    PATH: [...programs, env.PATH ?? ''].join(':'),
    LD_LIBRARY_PATH: [...libraries, env.LD_LIBRARY_PATH ?? ''].filter(Boolean).join(':'),
  }
}
