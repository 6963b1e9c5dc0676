// Owns how MongoDB's wire is read: the name of each command and its collection, such as `find customers` (OP_MSG,
// mongodb.com/docs/manual/reference/mongodb-wire-protocol).

import type { CommandReader } from './tap.ts'

/** The driver's own: they come by the clock, whatever is done. */
const ofTheDriver = new Set(['hello', 'ismaster', 'isMaster', 'ping', 'endSessions'])
const opMsg = 2013
/** Length, request id, response to, operation: four numbers of four bytes. */
const headerBytes = 16
const operationAt = 12
/** Behind it come flags (4), the kind of the section (1), the length of its document (4) and its first element's type (1). */
const typeAt = headerBytes + 9
/** The type of an element that is a text, behind whose length (4) it stands. */
const text = 2

/** Whole messages begin with their length. */
export function mongoReader(): CommandReader {
  let rest = Buffer.alloc(0)
  return (piece) => {
    rest = Buffer.concat([rest, piece])
    const commands: string[] = []
    while (rest.length >= headerBytes && rest.length >= rest.readInt32LE(0)) {
      const message = rest.subarray(0, rest.readInt32LE(0))
      rest = rest.subarray(message.length)
      const command = commandIn(message)
      if (command !== null) commands.push(command)
    }
    return commands
  }
}

/** null: no command, or the driver's own. A command's first element is its name, and its collection where that is a text. */
function commandIn(message: Buffer): string | null {
  if (message.readInt32LE(operationAt) !== opMsg) return null
  const nameEnd = message.indexOf(0, typeAt + 1)
  const name = message.toString('utf8', typeAt + 1, nameEnd)
  if (ofTheDriver.has(name)) return null
  if (message[typeAt] !== text) return name
  const length = message.readInt32LE(nameEnd + 1)
  return `${name} ${message.toString('utf8', nameEnd + 5, nameEnd + 4 + length)}`
}
