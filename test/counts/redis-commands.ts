// Owns how Redis' wire is read: the name of each command that a client sends, and the queue that it is for, such as
// `evalsha customer-apply` (RESP, redis.io/docs/latest/develop/reference/protocol-spec). What scripts call inside Redis is not on
// the wire.

import type { CommandReader } from './tap.ts'

/** What clients say when they connect, and keep-alives. */
const greetings = new Set(['hello', 'client', 'info', 'auth', 'select', 'subscribe', 'ping', 'script'])
/** A key of BullMQ, whose queue has this name. */
const queueKey = /^bull:([\w-]+):/
/** Each queue's search for dead workers comes by the clock, whatever is done. */
const byTheClock = /:stalled-check$/
const lineEnd = '\r\n'

/** A command is a list of texts, each with its length. */
export function redisReader(): CommandReader {
  let rest = Buffer.alloc(0)
  return (piece) => {
    rest = Buffer.concat([rest, piece])
    const commands: string[] = []
    for (let read = wordsIn(rest); read; read = wordsIn(rest)) {
      rest = rest.subarray(read.bytes)
      const command = named(read.words)
      if (command !== null) commands.push(command)
    }
    return commands
  }
}

/** The first command in these bytes, and how many it takes; null while it is not whole. */
function wordsIn(bytes: Buffer): { words: string[]; bytes: number } | null {
  let at = 0
  const number = (mark: string): number | null => {
    const end = bytes.indexOf(lineEnd, at)
    if (end === -1) return null
    const line = bytes.toString('latin1', at, end)
    if (!line.startsWith(mark)) throw new Error(`bug: a command that begins with ${line.slice(0, 20)}`)
    at = end + lineEnd.length
    return Number(line.slice(mark.length))
  }
  const count = number('*')
  if (count === null) return null
  const words: string[] = []
  while (words.length < count) {
    const length = number('$')
    if (length === null || bytes.length < at + length + lineEnd.length) return null
    words.push(bytes.toString('latin1', at, at + length))
    at += length + lineEnd.length
  }
  return { words, bytes: at }
}

function named(words: readonly string[]): string | null {
  const name = (words[0] ?? '').toLowerCase()
  if (greetings.has(name) || words.some((word) => byTheClock.test(word))) return null
  const queue = words.map((word) => queueKey.exec(word)?.[1]).find((found) => found !== undefined)
  return queue === undefined ? name : `${name} ${queue}`
}
