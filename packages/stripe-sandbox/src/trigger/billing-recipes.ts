/** Owns the recipes for events of invoices, and of what is sold. */
import { tellWillBeDue } from '../resources/billing/collection.ts'
import type { Kit, Recipe } from './recipe.ts'

const daySeconds = 86_400
/** A test card that is attached, and declines whenever it is charged. */
const decliningCard = 'pm_card_chargeCustomerFail'
const byHand = { collection_method: 'send_invoice', days_until_due: 1 }

/** An invoice that was finalised and paid by card, or tried. */
const charged =
  (cardName?: string): Recipe =>
  ({ payer, invoice, post }) =>
    void post(`/v1/invoices/${invoice(payer(cardName))}/finalize`, { auto_advance: true })

/** What becomes of an open invoice. */
const opened =
  (then: (kit: Kit, path: string) => void = () => undefined): Recipe =>
  (kit) => {
    const path = `/v1/invoices/${kit.invoice(kit.payer())}`
    kit.post(`${path}/finalize`, { auto_advance: false })
    then(kit, path)
  }

/** What becomes of something that was just made. */
const changed =
  (make: (kit: Kit) => string, params: Parameters<Kit['post']>[1]): Recipe =>
  (kit) =>
    void kit.post(make(kit), params)

/** What was put away and is taken out again. */
const toggled =
  (make: (kit: Kit) => string): Recipe =>
  (kit) => {
    const path = make(kit)
    kit.post(path, { active: false })
    kit.post(path, { active: true })
  }

const monthly = ({ price }: Kit) => `/v1/prices/${price()}`
const coupon = ({ post }: Kit) => `/v1/coupons/${post('/v1/coupons', { percent_off: 10 })}`
const draft = ({ invoice, customer }: Kit) => `/v1/invoices/${invoice(customer())}`
const product = ({ post }: Kit) => `/v1/products/${post('/v1/products', { name: 'Triggered product' })}`

const invoiceRecipes = {
  'charge.failed': charged(decliningCard),
  'charge.succeeded': charged(),
  'invoice.created': ({ invoice, customer }) => void invoice(customer()),
  'invoice.deleted': (kit) => kit.remove(draft(kit)),
  'invoice.finalized': opened(),
  'invoice.marked_uncollectible': opened(({ post }, path) => post(`${path}/mark_uncollectible`)),
  'invoice.overdue': async ({ testClock, customer, invoice, post, advance }) => {
    const clock = testClock()
    post(`/v1/invoices/${invoice(customer({ test_clock: clock }), byHand)}/finalize`)
    await advance(clock, 2 * daySeconds)
  },
  'invoice.paid': charged(),
  'invoice.payment_failed': charged(decliningCard),
  'invoice.payment_succeeded': charged(),
  'invoice.sent': ({ invoice, customer, post }) =>
    void post(`/v1/invoices/${invoice(customer(), byHand)}/send`),
  // The item that the draft is given changes it.
  'v1.invoice.line_item_added': ({ invoice, customer }) => void invoice(customer()),
  'v1.invoice.line_item_removed': ({ invoice, customer, post, remove }) => {
    const owner = customer()
    const item = post('/v1/invoiceitems', { customer: owner, invoice: invoice(owner), amount: 500 })
    remove(`/v1/invoiceitems/${item}`)
  },
  'invoice.will_be_due': ({ core, realm, invoice, customer, post }) => {
    const id = invoice(customer(), byHand)
    post(`/v1/invoices/${id}/finalize`)
    tellWillBeDue(core, realm, id)
  },
  'invoice.upcoming': async ({ testClock, payer, subscription, advance }) => {
    const clock = testClock()
    subscription(payer('pm_card_visa', { test_clock: clock }))
    await advance(clock, 31 * daySeconds)
  },
  'invoice.updated': ({ invoice, customer }) => void invoice(customer()),
  'invoice.voided': opened(({ post }, path) => post(`${path}/void`)),
  'invoice_payment.paid': charged(),
  'invoiceitem.created': ({ invoice, customer }) => void invoice(customer()),
  'invoiceitem.deleted': ({ post, remove, customer }) =>
    remove(`/v1/invoiceitems/${post('/v1/invoiceitems', { customer: customer(), amount: 1500 })}`),
  'payment_intent.canceled': opened(({ post }, path) => post(`${path}/void`)),
  'payment_intent.created': opened(),
  'payment_intent.payment_failed': charged(decliningCard),
  'payment_intent.succeeded': charged(),
} satisfies { readonly [type: string]: Recipe }

const catalogueRecipes = {
  'coupon.created': (kit) => void coupon(kit),
  'coupon.deleted': (kit) => kit.remove(coupon(kit)),
  'coupon.updated': changed(coupon, { name: 'Changed' }),
  'plan.created': ({ price }) => void price(),
  'plan.updated': changed(monthly, { nickname: 'Changed' }),
  'price.created': ({ price }) => void price(),
  'v1.price.activated': toggled(monthly),
  'v1.price.deactivated': changed(monthly, { active: false }),
  'v1.price.lookup_key_changed': ({ post, price, core }) =>
    void post(`/v1/prices/${price()}`, { lookup_key: `triggered_${core.random.token(8)}` }),
  'v1.price.tax_behavior_changed': changed(monthly, { tax_behavior: 'exclusive' }),
  'price.updated': changed(monthly, { nickname: 'Changed' }),
  'product.created': (kit) => void product(kit),
  'product.deleted': (kit) => kit.remove(product(kit)),
  'product.updated': changed(product, { name: 'Changed' }),
  'v1.product.activated': toggled(product),
  'v1.product.deactivated': changed(product, { active: false }),
  'v1.product.default_price_changed': ({ post, price }) => {
    const sold = post('/v1/products', { name: 'Triggered product' })
    post(`/v1/products/${sold}`, { default_price: price({ product: sold }) })
  },
  'v1.product.tax_code_changed': changed(product, { tax_code: 'txcd_10103000' }),
} satisfies { readonly [type: string]: Recipe }

/** By type of event. */
export const billingRecipes = { ...invoiceRecipes, ...catalogueRecipes }
