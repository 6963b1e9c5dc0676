// Owns what Redis itself takes on this machine, by its own `redis-benchmark`: the floor below every doorbell.
// Promises: a machine without the tool says so, and everything else runs.

import { execFile } from 'node:child_process'
import { access, readFile, readlink } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Redis } from 'ioredis'
import { type BenchContext, type Figure, repeated } from '../benchmark.ts'
import type { BenchStack } from '../stack/bench-stack.ts'

const run = promisify(execFile)

const tool = 'redis-benchmark'
/** Requests of one kind in one run: some seconds on a busy machine. */
const requests = 100_000
/** Keys that they are spread over. */
const keysMax = 10_000
const connections = 50
/** As BullMQ works: a script known by its hash, which touches a key. */
const script = "return redis.call('INCR', KEYS[1])"

const kinds: Record<string, (hash: string) => string[]> = {
  PING: () => ['PING'],
  SET: () => ['SET', 'bench:__rand_int__', 'x'.repeat(16)],
  'EVALSHA of one INCR': (hash) => ['EVALSHA', hash, '1', 'bench:count:__rand_int__'],
}

/** Commands a second of each kind; none where the tool is missing, which is remarked. Leaves no keys behind. */
export async function bareRedis(context: BenchContext, { redis }: BenchStack): Promise<Figure[]> {
  const found = await findTool(redis.mainPid)
  if (!found) {
    context.remark(
      `${tool} is not installed (neither beside redis-server nor in PATH): Redis alone was not measured`,
    )
    return []
  }
  const client = new Redis(redis.url)
  try {
    const hash = String(await client.script('LOAD', script))
    const figures: Figure[] = []
    for (const [name, command] of Object.entries(kinds)) {
      context.tell(`the bounds: Redis alone, ${name}`)
      const runs = await repeated(context.runs, () => measured(found, redis.url, command(hash)))
      figures.push({ name: `Redis, ${name}, ${connections} at once`, unit: '/s', runs })
    }
    return figures
  } finally {
    for await (const keys of client.scanStream({ match: 'bench:*', count: 1_000 }))
      if (keys.length > 0) await client.unlink(...keys)
    client.disconnect()
  }
}

interface Tool {
  program: string
  /** A redis-server that was unpacked, not installed, brings its libraries along. */
  env: NodeJS.ProcessEnv
}

/** Beside the running redis-server, or else in PATH. */
async function findTool(serverPid: number | undefined): Promise<Tool | null> {
  const beside = serverPid === undefined ? null : await besideServer(serverPid)
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const inPath = folders.map((folder): Tool => ({ program: join(folder, tool), env: process.env }))
  for (const each of [...(beside ? [beside] : []), ...inPath]) if (await runs(each)) return each
  return null
}

/** Linux tells where a process came from, and what it was started with. */
async function besideServer(pid: number): Promise<Tool | null> {
  try {
    const program = join(dirname(await readlink(`/proc/${pid}/exe`)), tool)
    await access(program)
    // What the server has loaded is where its companion finds the same: Redis writes its title over its environment.
    const maps = await readFile(`/proc/${pid}/maps`, 'utf8')
    const libraries = new Set([...maps.matchAll(/(\/\S+)\/[^/\s]+\.so\b/g)].map(([, folder]) => folder))
    return { program, env: { ...process.env, LD_LIBRARY_PATH: [...libraries].join(delimiter) } }
  } catch {
    return null
  }
}

async function runs({ program, env }: Tool): Promise<boolean> {
  return run(program, ['--version'], { env }).then(
    () => true,
    () => false,
  )
}

/** Commands a second. @throws where the tool says something else */
async function measured(
  { program, env }: Tool,
  redisUrl: string,
  command: readonly string[],
): Promise<number> {
  const { hostname, port } = new URL(redisUrl)
  const amounts = ['-n', String(requests), '-c', String(connections), '-r', String(keysMax)]
  const { stdout } = await run(program, ['-h', hostname, '-p', port, ...amounts, '-q', '--csv', ...command], {
    env,
  })
  return ratePerSecond(stdout)
}

/** The second column of its last line: `"SET …","99751.00",…`. Pure. */
export function ratePerSecond(csv: string): number {
  const [, , rate] = /^"(.*?)","([\d.]+)"/.exec(csv.trim().split('\n').at(-1) ?? '') ?? []
  if (rate === undefined) throw new Error(`${tool} answered ${csv.trim() || 'nothing'}`)
  return Number(rate)
}
