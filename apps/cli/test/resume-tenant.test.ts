import { memoryStore } from '@lockstep/domain/store/memory/memory-store'
import { newTenant, type Pause } from '@lockstep/domain/store/tenant'
import { beforeEach, expect, it } from 'vitest'
import { type Paused, pausesOf, resumeTenant } from '../src/tenant/resume-tenant.ts'

const brake: Pause = { reason: 'brake', detail: 'more than 500 archives', at: 1 }
const refused: Pause = { reason: 'key_refused', detail: '401', at: 2 }
let store = memoryStore()

beforeEach(async () => {
  store = memoryStore()
  await store.insertTenant(newTenant({ id: 'default', livemode: false, linkByEmail: true, at: 0 }))
})

async function pause(paused: Paused): Promise<void> {
  const tenant = await store.readTenant('default')
  if (!tenant) throw new Error('the test has no tenant')
  await store.replaceTenant({ ...tenant, paused_inbound: paused.inbound, paused_outbound: paused.outbound })
}

async function stored(): Promise<Paused | null> {
  const tenant = await store.readTenant('default')
  return tenant && pausesOf(tenant)
}

it('a tenant that flows shows no pause', async () => {
  expect(await stored()).toBeNull()
})

it('both directions go on once what was shown is lifted', async () => {
  const shown = { inbound: brake, outbound: brake }
  await pause(shown)
  expect(await resumeTenant(store, 'default', shown)).toBeNull()
  expect(await stored()).toBeNull()
})

it('a pause that came after the person looked stays', async () => {
  await pause({ inbound: null, outbound: refused })
  const left = await resumeTenant(store, 'default', { inbound: null, outbound: brake })
  expect(left).toEqual({ inbound: null, outbound: refused })
  expect(await stored()).toEqual({ inbound: null, outbound: refused })
})

it('a change of the tenant in between is kept', async () => {
  const shown = { inbound: null, outbound: brake }
  await pause(shown)
  const real = store
  let first = true
  store = {
    ...real,
    async readTenant(id) {
      const tenant = await real.readTenant(id)
      if (first && tenant) await real.replaceTenant({ ...tenant, caught_up_to: 7 })
      first = false
      return tenant
    },
  }
  await resumeTenant(store, 'default', shown)
  expect(await real.readTenant('default')).toMatchObject({ caught_up_to: 7, paused_outbound: null })
})
