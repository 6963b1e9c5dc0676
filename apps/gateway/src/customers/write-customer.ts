// Owns the routes that write a customer's own fields: create, update (PUT and PATCH), and the one-field updates of sales.

import type { Random } from '@lockstep/domain/clock/clock'
import type { CustomerInput, OperationBody } from '@lockstep/domain/operation/operation'
import {
  type Accepts,
  type Answer,
  type ApiRequest,
  apiRoute,
  type Caller,
  type Described,
  type Route,
} from '../http/route.ts'
import type { WriteOperation } from '../operations/write-operation.ts'
import { changed, changeHeaders, created, createHeaders, writeRefusals } from '../operations/write-shape.ts'
import { customerParams } from './customer-id.ts'
import {
  assignRequest,
  createRequest,
  deletes,
  type Dialect,
  inputOf,
  tagsRequest,
  tierRequest,
  updateRequest,
} from './customer-requests.ts'

export interface WriteCustomerDeps {
  write: WriteOperation
  random: Pick<Random, 'uuid'>
}

const route = { group: 'customers', scope: 'customers' } as const
/** What a named Stripe customer may be refused for. */
const linkRefusals = ['external_billing_id_taken', 'no_such_stripe_customer', 'cancelled'] as const
const updateRefusals = [
  ...writeRefusals,
  'version_mismatch',
  'email_taken',
  'currency_fixed',
  'not_allowed_in_state',
] as const

/** Create and update, in the words of a dialect. `collection`: where the caller finds customers. */
export function writeCustomerRoutes(
  { write, random }: WriteCustomerDeps,
  dialect: Dialect,
  collection: (caller: Caller) => string = () => '/v1/customers',
): Route[] {
  const update = {
    ...route,
    path: '/v1/customers/:id',
    accepts: { params: customerParams, headers: changeHeaders, body: updateRequest(dialect) },
    answers: changed,
    refuses: [
      ...updateRefusals,
      ...linkRefusals,
      'forbidden',
      'link_goes_alone',
      'link_under_way',
      ...(dialect.deletesByStatus ? (['has_active_subscriptions'] as const) : []),
    ],
  } as const satisfies Partial<Described & { accepts: Accepts }>
  const handleUpdate = (request: ApiRequest<(typeof update)['accepts']>): Promise<Answer> => {
    const customerId = request.params.id
    const resource = `/v1/customers/${customerId}`
    return write(request, { customerId, resource, body: updateOf(request.body, request.caller) })
  }
  return [
    apiRoute({
      ...route,
      method: 'POST',
      path: '/v1/customers',
      name: 'create_customer',
      does: 'Creates a customer.',
      accepts: { headers: createHeaders, body: createRequest(dialect) },
      answers: created,
      refuses: [...writeRefusals, 'key_taken', 'email_taken', 'not_found', ...linkRefusals],
      handle(request) {
        const customerId = random.uuid()
        const { key = customerId, external_billing_id } = request.body
        const body: OperationBody = {
          kind: 'create',
          key,
          input: inputOf(request.body),
          ...(external_billing_id !== undefined && { external_billing_id }),
        }
        return write(request, {
          customerId,
          resource: '/v1/customers',
          body,
          collection: collection(request.caller),
        })
      },
    }),
    apiRoute({
      ...update,
      method: 'PUT',
      name: 'replace_customer',
      does: 'Updates: an absent field stays, `null` clears. The same as PATCH.',
      handle: handleUpdate,
    }),
    apiRoute({
      ...update,
      method: 'PATCH',
      name: 'update_customer',
      does: 'Updates: an absent field stays, `null` clears.',
      handle: handleUpdate,
    }),
  ]
}

function updateOf(
  request: Parameters<typeof inputOf>[0] & { status?: 'deleted' },
  caller: Caller,
): OperationBody {
  const { status: _, ...change } = request
  const { external_billing_id } = change
  const input = inputOf(change)
  if (deletes(request)) return { kind: 'delete', ...(Object.keys(input).length > 0 && { input }) }
  if (external_billing_id === undefined) return { kind: 'update', input }
  const mayRelink = caller.scopes.includes('operator')
  return { kind: 'update', input, external_billing_id, ...(mayRelink && { relink: true }) }
}

/** PUT of one field: whose hands a customer is in, its tier, its tags. */
export function salesRoutes({ write }: Pick<WriteCustomerDeps, 'write'>): Route[] {
  const put = (field: Pick<Described, 'name' | 'does'> & { suffix: string; body: SalesRequest }): Route =>
    apiRoute({
      ...route,
      method: 'PUT',
      path: `/v1/customers/:id/${field.suffix}`,
      name: field.name,
      does: field.does,
      accepts: { params: customerParams, headers: changeHeaders, body: field.body },
      answers: changed,
      refuses: [...writeRefusals, 'version_mismatch', 'not_allowed_in_state'],
      handle(request) {
        const customerId = request.params.id
        const input: CustomerInput = request.body
        const resource = `/v1/customers/${customerId}/${field.suffix}`
        return write(request, { customerId, resource, body: { kind: 'update', input } })
      },
    })
  return [
    put({
      suffix: 'assign',
      name: 'assign_customer',
      does: 'Puts it into the hands of somebody, or of nobody (`null`).',
      body: assignRequest,
    }),
    put({ suffix: 'tier', name: 'set_customer_tier', does: 'Sets the tier.', body: tierRequest }),
    put({ suffix: 'tags', name: 'set_customer_tags', does: 'Replaces the tags.', body: tagsRequest }),
  ]
}

type SalesRequest = typeof assignRequest | typeof tierRequest | typeof tagsRequest
