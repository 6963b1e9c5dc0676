// Owns how a body of lines (NDJSON) is read: line by line, while it comes.
// Promises: never more than one line and one chunk in memory, however long the body is; a line that is too long is told
// and skipped; whoever sends nothing for a while is cut off, whoever waits for us is not.

import type { IncomingMessage } from 'node:http'

/** One line of a body. `bytes` is null where it was longer than a line may be. Blank lines are left out. */
export interface BodyLine {
  /** 1 for the first one of this body. */
  line: number
  bytes: Buffer | null
}

/** Bytes: the same as a JSON body may have. */
const lineMaxBytes = 256 * 1024
/** The next bytes must be here by then (ms), once they are waited for. */
const silenceMs = 30_000
const lineFeed = 0x0a

/** The lines, as fast as they are taken. Ends early where the sender has gone. */
export async function* readLines(
  body: IncomingMessage,
  options: { maxBytes?: number; silenceMs?: number } = {},
): AsyncGenerator<BodyLine> {
  const maxBytes = options.maxBytes ?? lineMaxBytes
  let line = 1
  let parts: Buffer[] = []
  let size = 0
  const take = (): BodyLine | null => {
    const bytes = size > maxBytes ? null : Buffer.concat(parts)
    const taken = { line, bytes }
    line += 1
    parts = []
    size = 0
    return bytes !== null && isBlank(bytes) ? null : taken
  }
  for await (const chunk of chunksOf(body, options.silenceMs ?? silenceMs)) {
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      keep(chunk.subarray(from, end))
      from = end + 1
      const taken = take()
      if (taken) yield taken
    }
    keep(chunk.subarray(from))
  }
  // A sender that was cut off may have meant more of it.
  const last = size > 0 && body.complete ? take() : null
  if (last) yield last

  function keep(part: Buffer): void {
    size += part.length
    if (size > maxBytes) parts = []
    else if (part.length > 0) parts.push(part)
  }
}

async function* chunksOf(body: IncomingMessage, patienceMs: number): AsyncGenerator<Buffer> {
  const chunks: AsyncIterator<Buffer> = body.iterator({ destroyOnReturn: false })
  try {
    for (;;) {
      const cut = setTimeout(() => body.destroy(), patienceMs)
      const next = await chunks.next().finally(() => clearTimeout(cut))
      if (next.done === true) return
      yield next.value
    }
  } catch (error) {
    // A sender that has gone sends no more lines; what it sent stands.
    if (!body.destroyed) throw error
  } finally {
    // Whoever stops taking lines has an answer for their sender, who reads it once all is sent: the rest is let go by.
    await chunks.return?.()
    body.resume()
  }
}

/** Blanks, tabs, carriage returns, and the mark that some programs begin a file with. */
function isBlank(bytes: Buffer): boolean {
  return /^[\s\uFEFF]*$/.test(bytes.toString('utf8'))
}
