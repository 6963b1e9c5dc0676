// Owns: the handle on one MongoDB or Redis, and the options that every provider reads.
// Promises: whoever holds a LocalService can use it, and, where it was started here, kill it, start it
// again on the same port and data, and stop it, without knowing which provider answered.

/** A MongoDB or a Redis that answers at `url`. */
export interface LocalService {
  /** Connection string, always with an explicit host and port. The same across `restart()`. */
  readonly url: string
  /** Which provider answered: `MONGO_URL`, `REDIS_URL`, `docker`, `binary`, `download`, `stand-in` or `package`. */
  readonly provider: string
  /** The living processes that were started here; empty for a URL that was given, and for a container. */
  readonly pids: number[]
  /** The process that holds the data (postgres, mongod, redis-server) while it lives, where known. */
  readonly mainPid?: number | undefined
  /** The process in front of it that speaks MongoDB's protocol (ferretdb), where there is one. */
  readonly gatewayPid?: number | undefined
  /** Sends `signal` (default SIGKILL) to the process that holds the data; resolves when it is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Starts what is not running, after an orderly end of the data process where that one still runs; resolves when it answers. Same port, same data. */
  restart(): Promise<void>
  /** Calls `listener` with one line whenever something started here ends unasked. Returns the way to stop listening. */
  onDeath(listener: (what: string) => void): () => void
  /** Ends everything started here and removes a data folder made here. May be called twice. */
  stop(): Promise<void>
}

/** What a caller may choose. */
export interface LocalServiceOptions {
  /** Takes each line for a person: the choice, sizes, progress. Default: standard error. */
  announce?: (line: string) => void
  /** Where the data lies, kept at `stop()`. Default: a fresh temporary folder, removed at `stop()`. */
  dataDir?: string
  /** TCP port on 127.0.0.1. Default: a free one. */
  port?: number
  /** `MONGO_URL`, `REDIS_URL` and their `TEST_` forms are read from here alone; other variables fall back to the process's own. Default: `process.env`. */
  env?: NodeJS.ProcessEnv
  /** Settings of a redis-server beside ours, for one that is started as a process of this machine. */
  redisSettings?: Readonly<Record<string, string>>
}

/** The options, completed: what every provider is handed. */
export interface Request {
  announce: (line: string) => void
  dataDir: string | undefined
  port: number | undefined
  env: NodeJS.ProcessEnv
  redisSettings: Readonly<Record<string, string>>
}

/** What names a service: counts only where the caller means it, unlike `PATH` or `DOCKER_HOST`. */
const urlNames = ['MONGO_URL', 'REDIS_URL', 'TEST_MONGO_URL', 'TEST_REDIS_URL']

/** Fills in the defaults of `options`. */
export function completeOptions(options: LocalServiceOptions = {}): Request {
  const surroundings = Object.entries(process.env).filter(([name]) => !urlNames.includes(name))
  return {
    announce: options.announce ?? ((line) => process.stderr.write(`${line}\n`)),
    dataDir: options.dataDir,
    port: options.port,
    redisSettings: options.redisSettings ?? {},
    env: { ...Object.fromEntries(surroundings), ...(options.env ?? process.env) },
  }
}
