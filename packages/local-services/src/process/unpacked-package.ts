// Owns: a program from a Debian package that is kept in the cache, unpacked and not installed.
// Promises: it ran once before it is handed out; where that cannot be, the next provider may try.
import { cached, cacheFolder } from '../cache/cache-entry.ts'
import { Unavailable } from '../provider.ts'
import { CommandFailed, findProgram } from './command.ts'
import { unpackDebianPackages } from './debian-packages.ts'

/** What to unpack, and how to see that it runs. */
export interface PackageRecipe {
  /** Name of the entry in the cache; must change with every change of recipe. */
  entry: string
  /** The program, for people. */
  program: string
  packages: string[]
  /** What is fetched, and how large it is: said before it begins. */
  size: string
  /** What a person could do instead. */
  remedy: string
  /** The version that the program in this folder tells; undefined where it does not run. */
  versionIn: (folder: string) => Promise<string | undefined>
}

/** What is needed of a request for a service. */
export interface Surroundings {
  announce: (line: string) => void
  env: NodeJS.ProcessEnv
}

/** The folder of the unpacked program. @throws Unavailable with the reason. */
export async function unpackedPackage(
  { announce, env }: Surroundings,
  recipe: PackageRecipe,
): Promise<string> {
  const { entry, program, packages, size, remedy, versionIn } = recipe
  for (const tool of ['apt-get', 'dpkg']) {
    if ((await findProgram(tool, env)) === undefined) throw new Unavailable(`no ${tool} here`, remedy)
  }
  const { folder } = await cached(cacheFolder(env), {
    name: entry,
    announce,
    build: async (target) => {
      announce(`fetching ${program} from the Debian mirror: ${size}, once`)
      await unpackDebianPackages(target, packages, env)
      const version = await versionIn(target)
      if (version === undefined) throw new Unavailable(`the unpacked ${program} does not run`, remedy)
      return { version }
    },
    damage: async (target) => ((await versionIn(target)) ? undefined : 'it does not run'),
  }).catch((error: unknown) => {
    if (error instanceof CommandFailed) throw new Unavailable(error.message, remedy)
    throw error
  })
  return folder
}
