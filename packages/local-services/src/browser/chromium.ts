// Owns: a Chromium for tests that look at pages as a person does.
// Promises: one that is installed is taken first; else one that is unpacked into the cache, with the fonts and libraries that
// this machine lacks. Nothing is installed and no root is needed. It is not started here.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { completeOptions, type LocalServiceOptions } from '../local-service.ts'
import { findProgram, run } from '../process/command.ts'
import { withUnpacked } from '../process/debian-packages.ts'
import { unpackedPackage } from '../process/unpacked-package.ts'
import { Unavailable } from '../provider.ts'

/** A Chromium that runs here. */
export interface Chromium {
  path: string
  /** What to start it with: its libraries and fonts are found by it. */
  env: NodeJS.ProcessEnv
}

const installed = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/**
 * A Chromium. @throws an Error that says why there is none, and what to install.
 */
export async function findChromium(
  options: Pick<LocalServiceOptions, 'announce' | 'env'> = {},
): Promise<Chromium> {
  const { announce, env } = completeOptions(options)
  for (const name of installed) {
    const path = await findProgram(name, env)
    if (path !== undefined && (await versionOf(path, env)) !== undefined) return { path, env }
  }
  const versionIn = async (folder: string) => versionOf(programIn(folder), await withLibraries(folder, env))
  try {
    const folder = await unpackedPackage(
      { announce, env },
      {
        entry: 'chromium-package-1',
        program: 'Chromium',
        packages: ['chromium-headless-shell', 'fontconfig-config', 'fonts-dejavu-core'],
        size: 'about 80 MB, 300 MB on disk, ten seconds',
        remedy: 'install it: "apt-get install chromium"',
        versionIn,
      },
    )
    return { path: programIn(folder), env: await withLibraries(folder, env) }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    throw new Error(`No Chromium for this machine: ${error.message}. ${error.remedy}`, { cause: error })
  }
}

function programIn(folder: string): string {
  return join(folder, 'usr/lib/chromium/chromium-headless-shell')
}

/** PulseAudio keeps a part of itself one level lower. Fonts are the machine's own, if it has any. */
async function withLibraries(folder: string, env: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const unpacked = await withUnpacked(folder, env)
  const deeper = (unpacked['LD_LIBRARY_PATH'] ?? '').split(':').map((path) => join(path, 'pulseaudio'))
  return {
    ...unpacked,
    LD_LIBRARY_PATH: [unpacked['LD_LIBRARY_PATH'], ...deeper.filter((path) => existsSync(path))].join(':'),
    ...(existsSync('/etc/fonts/fonts.conf') ? {} : { FONTCONFIG_SYSROOT: folder }),
  }
}

async function versionOf(path: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const text = await run([path, '--version'], { env }).catch(() => '')
  return /\d+(\.\d+){3}/.exec(text)?.[0]
}
