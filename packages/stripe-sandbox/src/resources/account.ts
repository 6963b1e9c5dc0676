/**
 * Owns `GET /v1/account`: who a key belongs to.
 * Promises: the id is the account that the key is bound to at this moment; the rest is a fixed, complete standard account.
 */
import type { Route } from '../http/router.ts'
import { params } from '../params/declare.ts'

/** 2026-01-01T00:00:00Z: a fixed time, so that two runs answer the same. */
const createdAt = 1_767_225_600

/** The account's only route. */
export function accountRoutes(): Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/account',
      params: params(),
      run: ({ core, realm }) => ({
        id: realm.account,
        object: 'account',
        business_profile: {
          mcc: null,
          minority_owned_business_designation: null,
          name: 'Lockstep sandbox',
          product_description: null,
          specified_commercial_transactions_act_url: null,
          support_address: null,
          support_email: null,
          support_phone: null,
          support_url: null,
          url: null,
        },
        business_type: 'company',
        capabilities: { card_payments: 'active', transfers: 'active' },
        charges_enabled: true,
        controller: { type: 'account' },
        country: 'US',
        created: createdAt,
        default_currency: core.settings.default_currency,
        details_submitted: true,
        email: 'sandbox@example.com',
        metadata: {},
        payouts_enabled: true,
        settings: {
          branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
          card_payments: {
            statement_descriptor_prefix: null,
            statement_descriptor_prefix_kana: null,
            statement_descriptor_prefix_kanji: null,
          },
          dashboard: { display_name: 'Lockstep sandbox', timezone: 'Etc/UTC' },
          payments: {
            statement_descriptor: 'SANDBOX',
            statement_descriptor_kana: null,
            statement_descriptor_kanji: null,
            statement_descriptor_prefix_kana: null,
            statement_descriptor_prefix_kanji: null,
          },
        },
        type: 'standard',
      }),
    },
  ]
}
