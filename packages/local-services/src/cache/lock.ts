// Owns: mutual exclusion between processes of this machine, for the time of one build.
// Promises: the lock is a socket that the kernel closes with its process, so a holder that died (kill -9
// included) holds nobody up, and there is no lock file to recover. Linux only (abstract sockets).
import { createHash } from 'node:crypto'
import { createServer, connect, type Server } from 'node:net'

/** Runs `work` while no other process of this machine runs work under the same `name`; calls `waiting` once if it has to wait. */
export async function withLock<T>(name: string, waiting: () => void, work: () => Promise<T>): Promise<T> {
  const address = `\0lockstep-${createHash('sha256').update(name).digest('hex')}`
  let told = false
  let lock = await take(address)
  while (lock === undefined) {
    if (!told) waiting()
    told = true
    await untilFreed(address)
    lock = await take(address)
  }
  try {
    return await work()
  } finally {
    lock.release()
  }
}

/** The lock, or undefined where another process has it. */
function take(address: string): Promise<{ release: () => void } | undefined> {
  return new Promise((resolve, reject) => {
    const waiters = new Set<{ destroy: () => void }>()
    const server: Server = createServer((socket) => {
      waiters.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => waiters.delete(socket))
    })
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(address, () => {
      resolve({
        release: () => {
          server.close()
          for (const waiter of waiters) waiter.destroy()
        },
      })
    })
  })
}

/** Resolves when the holder lets go: it ends our connection, or the kernel does when it dies. */
function untilFreed(address: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(address)
    socket.on('error', () => {})
    socket.once('close', () => resolve())
    socket.resume()
  })
}
