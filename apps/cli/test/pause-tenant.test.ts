import { memoryStore } from '@lockstep/domain/store/memory/memory-store'
import { newTenant, type Pause } from '@lockstep/domain/store/tenant'
import { beforeEach, expect, it } from 'vitest'
import { pauseTenant } from '../src/tenant/pause-tenant.ts'
import { resumeTenant } from '../src/tenant/resume-tenant.ts'

const refused: Pause = { reason: 'key_refused', detail: '401', at: 2 }
const ours: Pause = { reason: 'operator', detail: 'moving', at: 7 }
const wish = { detail: 'moving', at: 7 }
let store = memoryStore()

beforeEach(async () => {
  store = memoryStore()
  await store.insertTenant(newTenant({ id: 'default', livemode: false, linkByEmail: true, at: 0 }))
})

it('only the directions that were asked for stand still', async () => {
  const outbound = await pauseTenant(store, 'default', { ...wish, inbound: false, outbound: true })
  expect(outbound).toEqual({ inbound: null, outbound: ours })
  expect(await store.readTenant('default')).toMatchObject({ paused_inbound: null, paused_outbound: ours })
})

it('a direction that stands still already keeps its first reason', async () => {
  const tenant = await store.readTenant('default')
  if (!tenant) throw new Error('the test has no tenant')
  await store.replaceTenant({ ...tenant, paused_outbound: refused })
  const paused = await pauseTenant(store, 'default', { ...wish, inbound: true, outbound: true })
  expect(paused).toEqual({ inbound: ours, outbound: refused })
})

it('what an operator paused is resumed like any other', async () => {
  const paused = await pauseTenant(store, 'default', { ...wish, inbound: true, outbound: true })
  expect(await resumeTenant(store, 'default', paused)).toBeNull()
})

it('a change of the tenant in between is kept', async () => {
  const real = store
  let first = true
  const busy = {
    ...real,
    async readTenant(id: string) {
      const tenant = await real.readTenant(id)
      if (first && tenant) await real.replaceTenant({ ...tenant, caught_up_to: 7 })
      first = false
      return tenant
    },
  }
  await pauseTenant(busy, 'default', { ...wish, inbound: false, outbound: true })
  expect(await real.readTenant('default')).toMatchObject({ caught_up_to: 7, paused_outbound: ours })
})
