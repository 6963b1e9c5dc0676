// What the fault tests lean on: the proxy's troubles are those of a network, and without a rule it is no trouble at all.

import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openWire, type Wire } from '../support/tcp-proxy.ts'
import { until } from '../support/until.ts'

let server: Server
let wire: Wire
/** Whoever is connected at the far end, oldest first. */
let callees: Socket[]
let callers: Socket[]

beforeEach(async () => {
  callees = []
  callers = []
  server = createServer({ allowHalfOpen: true }, (socket) => {
    callees.push(socket)
    // An echo, so that what arrives back has been all the way.
    socket.on('data', (data) => socket.write(data))
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  wire = await openWire(`http://127.0.0.1:${address.port}`)
})
afterEach(async () => {
  await wire.close()
  for (const socket of [...callees, ...callers]) socket.destroy()
  server.close()
  await once(server, 'close')
})

interface Caller {
  socket: Socket
  /** All that came back. */
  heard(): string
  /** How the connection ended: `end` for FIN, else the error's code; null while it lives. */
  ended(): string | null
}

function call(): Caller {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(wire.url).port), allowHalfOpen: true })
  callers.push(socket)
  let text = ''
  let ended: string | null = null
  socket.on('data', (data) => (text += data.toString()))
  socket.on('end', () => (ended = 'end'))
  socket.on('error', (error) => (ended = 'code' in error ? String(error.code) : error.message))
  return { socket, heard: () => text, ended: () => ended }
}

async function answered(): Promise<Caller> {
  const caller = call()
  caller.socket.write('hello')
  await until('it is answered', () => caller.heard() === 'hello')
  return caller
}

test('passes bytes in order and an end in each direction', async () => {
  const caller = call()
  const sent = Array.from({ length: 2_000 }, (_, index) => `line ${index}\n`)
  for (const line of sent) caller.socket.write(line)
  await until('all came back', () => caller.heard().length === sent.join('').length)
  expect(caller.heard()).toBe(sent.join(''))
  caller.socket.end()
  callees[0]?.on('end', () => callees[0]?.end())
  await until('its end came back', () => caller.ended() === 'end')
})

test('holds large transfers back instead of keeping them, and loses none of it', async () => {
  const caller = call()
  const all = 'x'.repeat(8 << 20)
  caller.socket.write(all)
  await until('all came back', () => caller.heard().length === all.length)
})

test('delays every byte by the time it is given, and later bytes do not overtake', async () => {
  const caller = await answered()
  await wire.set({ kind: 'pass', delayMs: 30 })
  const began = performance.now()
  caller.socket.write('1')
  await turn()
  caller.socket.write('2')
  await until('it came back', () => caller.heard() === 'hello12')
  // There and back.
  expect(performance.now() - began).toBeGreaterThanOrEqual(60)
})

test('a cut resets the connection at both ends, and a new one passes', async () => {
  const caller = await answered()
  let far = ''
  callees[0]?.on('error', (error) => (far = 'code' in error ? String(error.code) : error.message))
  wire.cut()
  await until('both know', () => caller.ended() === 'ECONNRESET' && far === 'ECONNRESET')
  await until('nothing is left', () => wire.connections() === 0)
  await answered()
})

test('in a black hole connections are taken and nothing moves; what was sent arrives when it is lifted', async () => {
  const before = await answered()
  await wire.set({ kind: 'black_hole' })
  const during = call()
  await once(during.socket, 'connect')
  before.socket.write(' again')
  during.socket.write('lost?')
  // A connection that is not in it shows that time enough has passed.
  await wire.set({ kind: 'black_hole' }, (connection) => connection < 2)
  await answered()
  expect([before.heard(), during.heard()]).toEqual(['hello', ''])
  await wire.set({ kind: 'pass' })
  await until('it went on', () => before.heard() === 'hello again' && during.heard() === 'lost?')
})

test('a half-closed connection ends one way and goes on the other', async () => {
  const caller = await answered()
  let told = ''
  callees[0]?.on('data', (data) => (told += data.toString()))
  wire.halfClose('target')
  await until('it heard the end', () => caller.ended() === 'end')
  caller.socket.write('still talking')
  await until('the far end hears it', () => told.endsWith('still talking'))
})

test('refuses new connections, leaves those that are there, and listens again on the same port', async () => {
  const before = await answered()
  await wire.set({ kind: 'refuse' })
  const refused = call()
  await until('it is refused', () => refused.ended() === 'ECONNREFUSED')
  before.socket.write('!')
  await until('the old one still passes', () => before.heard() === 'hello!')
  await wire.set({ kind: 'pass' })
  await answered()
})

test('a far end that is gone is passed on as a reset', async () => {
  const caller = await answered()
  callees[0]?.resetAndDestroy()
  await until('the caller knows', () => caller.ended() === 'ECONNRESET')
})

test('closes whatever state its connections are in', async () => {
  await answered()
  await answered()
  wire.halfClose('caller')
  await answered()
  wire.halfClose('target')
  const frozen = await answered()
  await wire.set({ kind: 'black_hole' })
  frozen.socket.end()
  await wire.close()
  expect(wire.connections()).toBe(0)
})
