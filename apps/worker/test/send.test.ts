import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { expect, onTestFinished, test } from 'vitest'
import { checkedLookup, RefusedAddress } from '../src/deliveries/checked-lookup.ts'
import { openSender } from '../src/deliveries/send.ts'
import { signedHeaders } from '../src/deliveries/sign.ts'

async function receiver(answer: (request: IncomingMessage) => { status: number; location?: string }) {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(request.url ?? '')
    const { status, location } = answer(request)
    response.writeHead(status, location === undefined ? {} : { location }).end()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths } // It listens on TCP.
}

function sender(allowPrivate: boolean) {
  const opened = openSender({ allowPrivate })
  onTestFinished(() => opened.close())
  return opened
}

const message = { headers: {}, body: '{}' }

/** A resolver that answers these, one set after the other. */
function answering(...answers: { address: string; family: number }[][]) {
  const asked = { times: 0 }
  const resolve = (_host: string, _options: object, done: (error: null, found: unknown) => void) => {
    done(null, answers[asked.times++] ?? [])
  }
  // The tests' stand-in for `dns.lookup` has the one overload that is called.
  return { asked, resolve: resolve as never }
}

function lookedUp(lookup: ReturnType<typeof checkedLookup>, all: boolean) {
  return new Promise((resolve) => {
    lookup('hooks.example', { all }, (error, address) => resolve(error ?? address))
  })
}

test('a redirect is not followed, wherever it leads', async () => {
  const { url, paths } = await receiver(() => ({ status: 302, location: '/elsewhere' }))
  const sent = await sender(true).send({ ...message, url: `${url}/hook` })
  expect(sent).toEqual({ ok: false, status: 302, error: 'redirected' })
  expect(paths).toEqual(['/hook'])
})

test('an address of this machine in the URL is refused before anything is connected', async () => {
  const { url, paths } = await receiver(() => ({ status: 200 }))
  const { port } = new URL(url)
  for (const host of ['127.0.0.1', '[::ffff:127.0.0.1]', '2130706433', '0x7f000001', '127.1']) {
    const sent = await sender(false).send({ ...message, url: `http://${host}:${port}/` })
    expect(sent.error, host).toBe('refused_address')
  }
  expect(paths).toEqual([])
})

test('a name that leads to this machine is refused', async () => {
  const { url, paths } = await receiver(() => ({ status: 200 }))
  const sent = await sender(false).send({ ...message, url: `http://localhost:${new URL(url).port}/` })
  expect(sent).toEqual({ ok: false, status: null, error: 'refused_address' })
  expect(paths).toEqual([])
})

test('a name is looked up once for a connection, and what was checked is what is handed on', async () => {
  const good = [{ address: '93.184.216.34', family: 4 }]
  const { asked, resolve } = answering(good, [{ address: '127.0.0.1', family: 4 }])
  const lookup = checkedLookup(resolve)
  expect(await lookedUp(lookup, true)).toEqual(good)
  expect(asked.times).toBe(1)
  // The name answers differently now: DNS rebinding.
  expect(await lookedUp(lookup, false)).toBeInstanceOf(RefusedAddress)
})

test('one private address among public ones refuses the name', async () => {
  const { resolve } = answering([
    { address: '93.184.216.34', family: 4 },
    { address: 'fd00:ec2::254', family: 6 },
  ])
  expect(await lookedUp(checkedLookup(resolve), true)).toBeInstanceOf(RefusedAddress)
})

test('a port where nobody listens, and an answer that is no success, are failures with their reason', async () => {
  const { url } = await receiver(() => ({ status: 503 }))
  expect(await sender(true).send({ ...message, url })).toEqual({ ok: false, status: 503, error: 'status' })
  expect(await sender(true).send({ ...message, url: 'http://127.0.0.1:1/' })).toEqual({
    ok: false,
    status: null,
    error: 'no_connection',
  })
})

test('the signature is that of the Standard Webhooks specification’s own example', () => {
  const headers = signedHeaders(
    {
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      at: 1_614_265_330_000,
      body: '{"test": 2432232314}',
    },
    ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
  )
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('during a rotation each of the secrets verifies the same delivery', () => {
  const secrets = [1, 2].map((n) => `whsec_${Buffer.alloc(32, n).toString('base64')}`)
  const body = '{"a":1}'
  const headers = signedHeaders({ id: 'event-1', at: Date.now(), body }, secrets)
  for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual({ a: 1 })
})
