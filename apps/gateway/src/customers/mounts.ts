// Owns where else the customers are found: at the paths, and in the words, that clients of other systems use today.
// Promises: a mount serves every route of `/v1/customers`; only what its dialect says is different there; a tenant in the
// path that is not the API key's own is no tenant at all (404).

import { LockstepError } from '@lockstep/domain/error/catalogue'
import type { CustomerStore } from '@lockstep/domain/store/store'
import { z } from 'zod'
import type { ApiIncoming, Caller, Route } from '../http/route.ts'
import { wordInPath } from './customer-id.ts'
import type { Dialect } from './customer-requests.ts'

/** Where our own words are spoken. */
const canonical = '/v1/customers'

export interface Mount {
  /** Begins the names of its routes. */
  name: string
  /** The chapter of its routes. */
  group: string
  /** The path of the collection. */
  path: string
  dialect: Dialect
  /** `customer_…` stands for a customer as well: our id behind it, or a key. */
  takesPrefixedIds: boolean
}

/** All of them. */
export const mounts: readonly Mount[] = [
  {
    name: 'customer_mgmt',
    group: 'customers at /api/v1/customer-mgmt',
    path: '/api/v1/customer-mgmt/customers',
    dialect: { title: 'CustomerMgmt', required: ['name', 'email'], aliases: {}, deletesByStatus: false },
    takesPrefixedIds: false,
  },
  {
    name: 'ledger',
    group: 'customers at /ledger',
    path: '/ledger/customers',
    dialect: { title: 'Ledger', required: ['email'], aliases: {}, deletesByStatus: true },
    takesPrefixedIds: false,
  },
  {
    name: 'tenant',
    group: 'customers at /~tenant',
    path: '/~:tenant/customers',
    dialect: {
      title: 'Tenant',
      required: ['name', 'email'],
      aliases: { taxExempt: 'tax_exempt', contact: 'contact_id', stripeCustomerId: 'external_billing_id' },
      deletesByStatus: false,
    },
    takesPrefixedIds: true,
  },
]

/** The collection's path as this caller writes it. */
export function collectionAt({ path }: Mount, { tenantId }: Caller): string {
  return path.replace(':tenant', encodeURIComponent(tenantId))
}

/**
 * The routes of the customers at a mount: `ours` under its path, and in their places those that `theirs` has in the words of
 * its dialect, known by their names.
 */
export function mounted(
  mount: Mount,
  routes: { ours: readonly Route[]; theirs: readonly Route[] },
  store: Pick<CustomerStore, 'findByKey'>,
): Route[] {
  return routes.ours.flatMap((ours) => {
    const route = routes.theirs.find(({ name }) => name === ours.name) ?? ours
    if (route.scope === null || !isOfCustomers(route)) return []
    const { accepts, handle } = route
    const params = paramsAt(mount, accepts.params)
    const below = route.path.slice(canonical.length)
    return {
      ...route,
      // What a dialect may change stands in the API's description at each mount.
      ...(below !== '' && below !== '/:id' && { alias: true as const }),
      name: `${mount.name}_${route.name}`,
      group: mount.group,
      path: `${mount.path}${below}`,
      accepts: params ? { ...accepts, params } : accepts,
      handle: async (incoming: ApiIncoming) => handle(await inOurWords(mount, incoming, store)),
    }
  })
}

function isOfCustomers({ path }: Route): boolean {
  return path === canonical || path.startsWith(`${canonical}/`)
}

/** For the API's description: what stands in the path. */
function paramsAt(mount: Mount, params: z.ZodObject | undefined): z.ZodObject | undefined {
  const inPath = {
    ...params?.shape,
    ...(mount.path.includes(':tenant') && {
      tenant: wordInPath.meta({ description: 'The tenant of the API key.' }),
    }),
    ...(mount.takesPrefixedIds && params && 'id' in params.shape && { id: prefixedId }),
  }
  return Object.keys(inPath).length === 0 ? undefined : z.strictObject(inPath)
}

const prefixedId = wordInPath.meta({ description: 'Our id of the customer, or `customer_…`.' })

async function inOurWords(
  mount: Mount,
  incoming: ApiIncoming,
  store: Pick<CustomerStore, 'findByKey'>,
): Promise<ApiIncoming> {
  const { tenant, ...params } = incoming.params
  const { tenantId } = incoming.caller
  // Another tenant's existence is nobody's business.
  if (tenant !== undefined && tenant !== tenantId) throw new LockstepError('not_found')
  const { id } = params
  if (!mount.takesPrefixedIds || id === undefined || !id.startsWith('customer_'))
    return { ...incoming, params }
  return { ...incoming, params: { ...params, id: await idBehind(id, tenantId, store) } }
}

/** Ids that were given elsewhere came here as keys. */
async function idBehind(
  prefixed: string,
  tenantId: string,
  store: Pick<CustomerStore, 'findByKey'>,
): Promise<string> {
  if (!wordInPath.safeParse(prefixed).success) throw new LockstepError('not_found')
  const found = await store.findByKey(tenantId, prefixed)
  return found?._id ?? prefixed.slice('customer_'.length)
}
