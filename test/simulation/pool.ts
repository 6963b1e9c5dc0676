// Owns the spreading of work over several processes of the simulation: one item each at a time, the next to whoever is free.

import { fork } from 'node:child_process'

/** What a process of the pool is asked to do. */
export type Job =
  | { kind: 'schedules'; from: number; count: number }
  | { kind: 'hunt'; plant: string; first: number; schedules: number }

/** `told`: something about the job it has. `done`: it is free. */
type Message<Told> = { kind: 'told'; told: Told } | { kind: 'done' }

/** Runs all jobs by forks of this module. `onTold` answers false where no more jobs are to be given. Rejects if a fork dies. */
export async function spread<Told>(
  module: string,
  { jobs, processes }: { jobs: readonly Job[]; processes: number },
  onTold: (told: Told) => boolean,
): Promise<void> {
  const left = [...jobs]
  const work = () => {
    const child = fork(module)
    const next = () => {
      const job = left.shift()
      if (job) child.send(job)
      else child.kill()
    }
    return new Promise<void>((done, fail) => {
      child.on('message', (message: Message<Told>) => {
        if (message.kind === 'done') return next()
        if (onTold(message.told)) return
        left.length = 0
        child.kill()
      })
      child.on('exit', (code, signal) =>
        signal === 'SIGTERM'
          ? done()
          : fail(new Error(`a process of the simulation ended with ${code ?? signal}`)),
      )
    })
  }
  await Promise.all(Array.from({ length: Math.min(processes, jobs.length) }, work))
}

/** In a fork: does what it is told to, and tells. */
export function serve<Told>(run: (job: Job, tell: (told: Told) => void) => Promise<void>): void {
  const send = (message: Message<Told>) => void process.send?.(message)
  process.on('message', (job: Job) => {
    void run(job, (told) => send({ kind: 'told', told })).then(() => send({ kind: 'done' }))
  })
  send({ kind: 'done' })
}
