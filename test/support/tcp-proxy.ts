// Owns trouble on the wire: a TCP proxy between a process and what it calls, whose rule is switched at run time.
// Promises: with the rule `pass` every byte arrives in order and every end is passed on; a frozen connection keeps
// its bytes and goes on when it is freed, as over a network that comes back; `close` leaves no socket open.

import { once } from 'node:events'
import { createServer, type Socket, connect } from 'node:net'
import { freePort } from '@lockstep/local-services'

/**
 * pass: every byte, after `delayMs`. black_hole: connections are taken and stay, and no byte moves either way.
 * refuse: nobody listens; connections that are there stay.
 */
export type WireRule = { kind: 'pass'; delayMs?: number } | { kind: 'black_hole' } | { kind: 'refuse' }

export interface Wire {
  /** The target's URL, by way of this proxy. */
  url: string
  /** How many connections are open. */
  connections(): number
  /**
   * For the connections that are there and all that come. `only` narrows it to those of certain numbers, counted from 0
   * by their coming; the others pass.
   */
  set(rule: WireRule, only?: (connection: number) => boolean): Promise<void>
  /** Resets (RST) every connection, both ends at once. */
  cut(): void
  /** Ends one direction of every connection (FIN), as if that side had nothing more to say; the other goes on. */
  halfClose(silent: 'caller' | 'target'): void
  close(): Promise<void>
}

/** Bytes that may wait in one direction before its source is held back: what a kernel's buffers take. */
const waitingMax = 1 << 20

/** Starts a proxy on a free port of 127.0.0.1 in front of what the URL names. */
export async function openWire(target: string): Promise<Wire> {
  const { hostname, port } = new URL(target)
  const links = new Set<Link>()
  let count = 0
  let rule: WireRule = { kind: 'pass' }
  let only: (connection: number) => boolean = () => true
  const ruleFor = (number: number): WireRule => (only(number) ? rule : { kind: 'pass' })

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (caller) => {
    const link = openLink(count++, caller, { host: hostname, port: Number(port) })
    links.add(link)
    void link.gone.then(() => links.delete(link))
    link.follow(ruleFor(link.number))
  })
  const own = await freePort()
  const through = new URL(target)
  through.host = `127.0.0.1:${own}`

  const listen = async () => {
    if (server.listening) return
    server.listen(own, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen()
  const shut = () => {
    // It calls back only when the last connection is gone, which is nobody's condition here.
    if (server.listening) server.close()
  }
  return {
    url: through.href,
    connections: () => links.size,
    async set(next, which = () => true) {
      rule = next
      only = which
      if (next.kind === 'refuse') return shut()
      for (const link of links) link.follow(ruleFor(link.number))
      await listen()
    },
    cut() {
      for (const link of links) link.reset()
    },
    halfClose(silent) {
      for (const link of links) link.end(silent)
    },
    async close() {
      shut()
      for (const link of links) link.reset()
      await Promise.all([...links].map(({ gone }) => gone))
    },
  }
}

interface Link {
  /** By its coming, from 0 on. */
  number: number
  follow(rule: WireRule): void
  reset(): void
  end(silent: 'caller' | 'target'): void
  gone: Promise<void>
}

function openLink(number: number, caller: Socket, target: { host: string; port: number }): Link {
  const callee = connect({ ...target, allowHalfOpen: true, noDelay: true })
  const there = stream(caller, callee)
  const back = stream(callee, caller)
  const reset = () => {
    for (const socket of [caller, callee]) {
      // Where its end was sent already there is nothing left to reset: asked to, it would never say that it is closed.
      if (socket.writableEnded) socket.destroy()
      else socket.resetAndDestroy()
    }
  }
  for (const socket of [caller, callee]) {
    // A reset on one side is a reset on the other; an orderly end was passed on already.
    socket.on('error', reset)
    socket.on('close', () => {
      if (!caller.destroyed || !callee.destroyed) reset()
    })
  }
  const gone = Promise.all([caller, callee].map(closed)).then(() => undefined)
  return {
    number,
    reset,
    gone,
    follow(rule) {
      for (const one of [there, back]) one.follow(rule)
    },
    end(silent) {
      if (silent === 'caller') callee.end()
      else caller.end()
    },
  }
}

/** Not by `once`, which takes an error for the end. */
function closed(socket: Socket): Promise<void> {
  return new Promise((done) => socket.once('close', () => done()))
}

/** One direction. What came in waits until its time has come, in order. */
function stream(from: Socket, to: Socket): { follow(rule: WireRule): void } {
  const waiting: { chunk: Buffer | null; due: number }[] = []
  let bytes = 0
  let frozen = false
  let delayMs = 0
  let timer: NodeJS.Timeout | undefined
  let blocked = false

  const hold = () => {
    if (frozen || bytes > waitingMax) from.pause()
    else from.resume()
  }
  const take = (chunk: Buffer | null) => {
    waiting.push({ chunk, due: performance.now() + delayMs })
    bytes += chunk?.length ?? 0
    pump()
  }
  const pump = () => {
    clearTimeout(timer)
    while (!frozen && !blocked) {
      const [first] = waiting
      if (!first) break
      const left = first.due - performance.now()
      if (left > 0) {
        timer = setTimeout(pump, left)
        break
      }
      waiting.shift()
      if (first.chunk === null) to.end()
      else if (to.writable) {
        bytes -= first.chunk.length
        blocked = !to.write(first.chunk)
      }
    }
    hold()
  }
  from.on('data', take)
  from.on('end', () => take(null))
  from.on('close', () => clearTimeout(timer))
  to.on('drain', () => {
    blocked = false
    pump()
  })
  return {
    follow(rule) {
      frozen = rule.kind === 'black_hole'
      delayMs = rule.kind === 'pass' ? (rule.delayMs ?? 0) : 0
      pump()
    },
  }
}
