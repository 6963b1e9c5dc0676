// Owns the checks of both processes' configuration: their own schemas on this environment, each seeing only its own
// variables, since a deployment gives each process only those.

import { ConfigError } from '@lockstep/domain/process/configuration'
import { gatewayEnvironment, readConfig } from '@lockstep/gateway/config'
import { readWorkerConfig, type WorkerConfig, workerSchema } from '@lockstep/worker/config'
import { type Check, ill, well } from './check.ts'

const action = 'see .env.example: every variable is described there'

/** Whether the gateway could start. */
export function checkGateway(env: NodeJS.ProcessEnv): Check {
  const [id, name] = ['gateway_configuration', 'gateway configuration']
  try {
    readConfig(only(Object.keys(gatewayEnvironment.shape), env))
    return well(id, name, 'complete')
  } catch (error) {
    return ill(id, name, problemsIn(error), action)
  }
}

/** Whether the worker could start, and its configuration where it could. */
export function checkWorker(env: NodeJS.ProcessEnv): { check: Check; config: WorkerConfig | null } {
  const [id, name] = ['worker_configuration', 'worker configuration']
  try {
    const config = readWorkerConfig(only(Object.keys(workerSchema.in.shape), env))
    return { check: well(id, name, `complete, ${config.livemode ? 'live' : 'test'} mode`), config }
  } catch (error) {
    return { check: ill(id, name, problemsIn(error), action), config: null }
  }
}

function problemsIn(error: unknown): string {
  if (error instanceof ConfigError) return error.problems.join('; ')
  return error instanceof Error ? error.message : String(error)
}

function only(names: string[], env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(names.map((name) => [name, env[name]]))
}
