/**
 * Owns bytes that are not, or only just, HTTP: what a broken client, a wrong proxy or an attacker puts on a connection.
 * Promises: each case says how many whole requests it holds before it breaks, where that is certain.
 */
import type { Dice } from './dice.ts'

/** What is written, in pieces; the client then stops sending and listens. `answers`: how many must come, if that is known. */
export type WireCase = {
  readonly name: string
  readonly pieces: readonly Buffer[]
  readonly answers?: number
}

const crlf = '\r\n'
const auth = `Host: sandbox${crlf}Authorization: Bearer sk_test_wire${crlf}`
const get = `GET /v1/customers?limit=1 HTTP/1.1${crlf}${auth}${crlf}`
const post = (body: string, headers = `Content-Length: ${Buffer.byteLength(body)}${crlf}`) =>
  `POST /v1/customers HTTP/1.1${crlf}${auth}Content-Type: application/x-www-form-urlencoded${crlf}${headers}${crlf}${body}`
const chunked = (rest: string) => post(rest, `Transfer-Encoding: chunked${crlf}`)
/** Just above what the sandbox takes (bytes). */
const tooMuch = 1_048_577

/** Each kind of breakage, by what it is. */
const kinds: {
  readonly [name: string]: (dice: Dice) => string | Buffer | readonly [text: string | Buffer, answers: number]
} = {
  noise: (dice) => dice.bytes(dice.under(400)),
  'a whole request': () => [post('name=wire'), 1],
  'requests in one piece': (dice) => {
    const count = 1 + dice.under(12)
    return [(dice.in(0.5) ? get : post('name=wire')).repeat(count), count]
  },
  'requests with noise behind': (dice) => Buffer.concat([Buffer.from(get.repeat(3)), dice.bytes(60)]),
  'a body that is shorter than said': () => post('name=wire', `Content-Length: 500${crlf}`),
  'a body that is longer than said': () => post('name=wire-and-more', `Content-Length: 5${crlf}`),
  'an impossible length': (dice) =>
    post(
      'name=wire',
      `Content-Length: ${dice.pick(['-1', 'x', '1e3', '99999999999999999999', '0x5', '5, 6', ''])}${crlf}`,
    ),
  'two lengths': () => post('name=wire', `Content-Length: 9${crlf}Content-Length: 4${crlf}`),
  'a length and chunks': () =>
    post(`4${crlf}name${crlf}0${crlf}${crlf}`, `Content-Length: 9${crlf}Transfer-Encoding: chunked${crlf}`),
  'a body in chunks': () => [
    chunked(`5${crlf}name=${crlf}4;ext=1${crlf}wire${crlf}0${crlf}Trailer: 1${crlf}${crlf}`),
    1,
  ],
  'chunks that break off': () => chunked(`5${crlf}name=${crlf}4${crlf}wi`),
  'chunk sizes that are none': (dice) =>
    chunked(
      `${dice.pick(['x', '-1', 'fffffffffffffffff', '', '5 5', '\0'])}${crlf}name=${crlf}0${crlf}${crlf}`,
    ),
  'an unknown coding': (dice) =>
    post(
      'name=wire',
      `Transfer-Encoding: ${dice.pick(['gzip', 'identity', 'chunked, gzip', 'chunkedx', ' chunked', 'chunked, chunked'])}${crlf}`,
    ),
  'a body above the limit': (dice) => {
    const body = `name=${'x'.repeat(tooMuch)}`
    return [
      dice.in(0.5) ? post(body) : chunked(`${body.length.toString(16)}${crlf}${body}${crlf}0${crlf}${crlf}`),
      1,
    ]
  },
  'an expectation': (dice) =>
    post(
      'name=wire',
      `Expect: ${dice.pick(['100-continue', '100-continue', 'a miracle'])}${crlf}Content-Length: 9${crlf}`,
    ),
  'a header above any limit': (dice) =>
    `GET /v1/account HTTP/1.1${crlf}${auth}X: ${'x'.repeat(dice.pick([8_000, 20_000, 200_000]))}${crlf}${crlf}`,
  'too many headers': () => `GET /v1/account HTTP/1.1${crlf}${auth}${`X: 1${crlf}`.repeat(3000)}${crlf}`,
  'headers that are none': (dice) =>
    `GET /v1/account HTTP/1.1${crlf}${auth}${dice.pick(['X', 'X y: 1', ': 1', 'X: a\0b', 'X: a\nY: b', ' folded', 'X: \u0001'])}${crlf}${crlf}`,
  'repeated headers': () => [
    `GET /v1/account HTTP/1.1${crlf}${auth}Authorization: Bearer sk_test_other${crlf}Idempotency-Key: a${crlf}Idempotency-Key: b${crlf}Stripe-Version: x${crlf}${crlf}`,
    1,
  ],
  'another version': (dice) =>
    `GET /v1/account ${dice.pick(['HTTP/1.0', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/1.', 'http/1.1', ''])}${crlf}${auth}${crlf}`,
  'another method': (dice) =>
    `${dice.pick(['CONNECT', 'TRACE', 'get', 'G\0T', 'PRI', 'PURGE', 'M-SEARCH', 'X'.repeat(200)])} ${dice.pick(['*', '/v1/account', 'sandbox:80', 'http://sandbox/v1/account'])} HTTP/1.1${crlf}${auth}${crlf}`,
  'another protocol': (dice) =>
    `GET /v1/account HTTP/1.1${crlf}${auth}Connection: Upgrade${crlf}Upgrade: ${dice.pick(['websocket', 'h2c', 'TLS/1.0'])}${crlf}${crlf}`,
  'a path of other bytes': (dice) =>
    Buffer.concat([
      Buffer.from('GET /v1/customers/'),
      dice.bytes(20),
      Buffer.from(` HTTP/1.1${crlf}${auth}${crlf}`),
    ]),
  'a path above any limit': () => `GET /v1/customers/${'x'.repeat(100_000)} HTTP/1.1${crlf}${auth}${crlf}`,
  'a body of other bytes': (dice) => {
    const body = Buffer.concat([Buffer.from('name='), dice.bytes(20)])
    return [Buffer.concat([Buffer.from(post('', `Content-Length: ${body.length}${crlf}`)), body]), 1]
  },
  'a greeting without a name': () =>
    `GET /v1/account HTTP/1.1${crlf}Authorization: Bearer sk_test_wire${crlf}${crlf}`,
  'the beginning of a request': (dice) => post('name=wire').slice(0, dice.under(120)),
  nothing: () => '',
  'a handshake of TLS': () => Buffer.from('16030100a5010000a10303', 'hex'),
}

/** One case. */
export function wireCase(dice: Dice): WireCase {
  const [name, make] = dice.pick(Object.entries(kinds))
  const made = make(dice)
  const [content, answers] = typeof made === 'string' || Buffer.isBuffer(made) ? [made, undefined] : made
  const bytes = Buffer.from(content)
  // A flipped byte makes anything possible but an error of ours.
  const flipped = dice.in(0.2) && bytes.length > 0 && bytes.length < 10_000
  if (flipped) bytes[dice.under(bytes.length)] = dice.under(256)
  return {
    name: flipped ? `${name}, one byte changed` : name,
    pieces: piecesOf(dice, bytes),
    ...(answers === undefined || flipped ? {} : { answers }),
  }
}

function piecesOf(dice: Dice, bytes: Buffer): Buffer[] {
  if (dice.in(0.6)) return [bytes]
  const cut = dice.under(bytes.length + 1)
  return [bytes.subarray(0, cut), bytes.subarray(cut)]
}
