import fc from 'fast-check'
import { expect, it } from 'vitest'
import { idOf } from '../../src/json.ts'
import { openSpec } from '../../src/params/from-spec.ts'
import type { ObjectParam, Param } from '../../src/params/param.ts'
import { allRoutes } from '../../src/resources/all.ts'
import { openDirect } from '../support/direct-sandbox.ts'
import type { Form, FormValue } from '../support/form.ts'
import { listed } from '../support/everything.ts'
import { runs } from '../support/runs.ts'

/** What a parameter that must be given is given; one that names an object is given the name of a real one. */
function filled(param: Param): FormValue {
  if (param.kind === 'object') return filledObject(param)
  if (param.kind === 'map') return { stripe_customer_id: 'x', value: '1' }
  if (param.kind === 'array') return [filled(param.of)]
  if (param.kind === 'integer' || param.kind === 'decimal') return 0
  if (param.kind === 'boolean') return true
  return param.kind === 'string' ? (param.choices?.find(Boolean) ?? 'x') : 'x'
}

function filledObject({ fields, required }: ObjectParam): Form {
  return Object.fromEntries(required.map((name) => [name, filled(fields.get(name) ?? { kind: 'boolean' })]))
}

/** Routes with a parameter `customer`, at the top or inside, and how to give it. */
const routesWithCustomer = allRoutes(openSpec())
  .filter(isSimulated)
  .flatMap((route) =>
    [...route.params.fields].flatMap(
      ([name, param]): { route: typeof route; param: string; form: (id: string) => Form }[] => {
        const rest = filledObject(route.params)
        if (name === 'customer' && param.kind !== 'unsimulated')
          return [{ route, param: 'customer', form: (id) => ({ ...rest, customer: id }) }]
        const inner = param.kind === 'object' ? param.fields.get('customer') : undefined
        if (inner && inner.kind !== 'unsimulated')
          return [
            {
              route,
              param: `${name}[customer]`,
              form: (id) => ({ ...rest, [name]: { type: 'customer', customer: id } }),
            },
          ]
        return []
      },
    ),
  )

/** To make a payment method from that of a customer is not simulated, whoever it is. */
function isSimulated({ method, path }: { readonly method: string; readonly path: string }): boolean {
  return method !== 'POST' || path !== '/v1/payment_methods'
}

it('a deleted customer is a stub that works as a cursor, and nowhere as a parameter', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }), (deleted) => {
      const sandbox = openDirect()
      const meter = idOf(
        sandbox.call('POST', '/v1/billing/meters', {
          display_name: 'Calls',
          event_name: 'calls',
          default_aggregation: { formula: 'sum' },
        }).body,
      )
      const all = deleted.map(() => idOf(sandbox.call('POST', '/v1/customers').body)).toReversed()
      const gone = all.filter((_id, index) => deleted[index])
      const live = all.filter((id) => !gone.includes(id))
      for (const id of gone) sandbox.call('DELETE', `/v1/customers/${id}`)
      for (const id of gone) {
        const path = `/v1/customers/${id}`
        expect(sandbox.call('GET', path).body).toEqual({ id, object: 'customer', deleted: true })
        const after = sandbox.call('GET', '/v1/customers', { starting_after: id, limit: 100 }).body
        expect(listed(after['data']).map(idOf)).toEqual(
          live.filter((one) => all.indexOf(one) > all.indexOf(id)),
        )
        for (const [method, to, param] of [
          ['POST', path, 'id'],
          ['DELETE', path, 'id'],
          ['POST', `${path}/balance_transactions`, 'customer'],
        ] as const) {
          const { status, body } = sandbox.call(method, to, to === path ? {} : { amount: 1, currency: 'usd' })
          expect([status, body['error']]).toMatchObject([404, { code: 'resource_missing', param }])
        }
        for (const { route, param, form } of routesWithCustomer) {
          const to = route.path.includes('/billing/meters/') ? route.path.replace('{id}', meter) : route.path
          const { status, text, body } = sandbox.call(
            route.method,
            to.replace('{id}', 'pm_card_visa'),
            form(id),
          )
          expect(status, `${route.method} ${to}: ${text}`).toBe(400)
          expect(body['error'], `${route.method} ${to}`).toMatchObject({ code: 'resource_missing', param })
        }
      }
      sandbox.close()
    }),
    runs(20),
  )
})
