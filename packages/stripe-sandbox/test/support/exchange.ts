/**
 * Owns one exchange of bytes with a server on this machine, below HTTP.
 * Promises: resolves with all that came once the server has ended the connection; rejects if it keeps it open though the client has said
 * all it will say.
 */
import { connect } from 'node:net'

/** Far above what an answer takes on a machine that is busy (ms). */
const patienceMs = 20_000

/** Writes the pieces one after another, stops sending, and listens until the end. */
export function exchange(port: number, pieces: readonly Buffer[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = []
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    const timer = setTimeout(() => {
      socket.destroy()
      reject(
        new Error(
          `the connection was left open after ${JSON.stringify(pieces[0]?.toString('latin1').slice(0, 200))}`,
        ),
      )
    }, patienceMs)
    socket.on('data', (chunk: Buffer) => received.push(chunk))
    // A reset is an answer too: the server has had enough.
    socket.on('error', () => {})
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(Buffer.concat(received))
    })
    socket.on('connect', () => send(0))
    function send(index: number): void {
      const piece = pieces[index]
      if (piece === undefined || socket.destroyed) socket.end()
      else socket.write(piece, () => setImmediate(send, index + 1))
    }
  })
}

/** The statuses of the answers in what came, without the interim 100. */
export function statusesIn(received: Buffer): number[] {
  const statuses: number[] = []
  for (let rest = received.toString('latin1'); rest !== ''; ) {
    const head = /^HTTP\/1\.1 (\d{3})[^]*?\r\n\r\n/.exec(rest)
    if (!head) throw new Error(`this is no answer: ${JSON.stringify(rest.slice(0, 200))}`)
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head[0])?.[1] ?? 0)
    // Only what Node answers by itself comes in chunks, and is empty.
    const empty = /\r\ntransfer-encoding: chunked/i.test(head[0]) ? '0\r\n\r\n'.length : 0
    if (head[1] !== '100') statuses.push(Number(head[1]))
    rest = rest.slice(head[0].length + length + empty)
  }
  return statuses
}
