import { expect, test } from 'vitest'
import { drain } from '../src/http-server.ts'
import { startGateway } from './support/gateway.ts'

test('a process that stops answers everyone who waits, closes, and takes nobody new', async () => {
  const { call, worker, waiters, server, store } = await startGateway()
  worker.hold()
  const waiting = call('POST', '/v1/customers', { json: { key: 'k' }, headers: { Prefer: 'wait=30' } })
  await expect.poll(() => worker.rung.length).toBe(1)
  waiters.release()
  await drain(server)
  expect((await waiting).status).toBe(202)
  expect((await store.backlog()).waitingOperations).toBe(1)
  await expect(call('GET', '/livez')).rejects.toThrow('fetch failed')
})
