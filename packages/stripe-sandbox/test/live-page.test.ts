import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { startSandbox } from '../src/index.ts'
import { type Look, useBrowser } from '@lockstep/local-services/browser-in-tests'
import { startReceiver } from './support/receiver.ts'
import { testSandbox } from './support/sandbox.ts'
import { until } from './support/until.ts'

const receiver = await startReceiver()
const sandbox = await testSandbox()
const { stripe } = sandbox
const open = useBrowser()
beforeEach(async () => {
  await sandbox.door('POST', '/reset')
  receiver.clear()
})

/** The live page, connected. */
async function livePage(look: Look = {}): Promise<Page> {
  const page = await open(`${sandbox.url}/_sandbox`, look)
  await page.getByText('live', { exact: true }).first().waitFor()
  return page
}

const card = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const eventRow = (page: Page, type: string) => card(page, 'Events').getByRole('button', { name: type })

describe('the live page', () => {
  it('says in each empty part what to do first, and how the sandbox is set', async () => {
    sandbox.set({ limits: 'live', latency: '5-10' })
    const page = await livePage()
    await card(page, 'Requests').getByText(`curl ${sandbox.url}/v1/customers`).first().waitFor()
    await card(page, 'Events').getByText('No events yet').first().waitFor()
    await card(page, 'Deliveries').getByText('stripe-sandbox listen --forward-to').first().waitFor()
    await card(page, 'Faults').getByText('Everything works').first().waitFor()
    await page.getByText('live, 100 a second').first().waitFor()
    await page.getByText('5–10 ms').first().waitFor()
    sandbox.set({ limits: 'off', latency: 0 })
    await page.getByText('none', { exact: true }).first().waitFor()
  })

  it('brings everything itself, and may load and run nothing else', async () => {
    const answer = await fetch(`${sandbox.url}/_sandbox`)
    const text = await answer.text()
    const [, nonce = ''] =
      /script-src 'nonce-([^']+)'/.exec(answer.headers.get('content-security-policy') ?? '') ?? []
    expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none';/)
    expect(nonce.length).toBeGreaterThan(20)
    expect(text.match(/<(script|style)[^>]*>/g)).toEqual([
      `<style nonce="${nonce}">`,
      `<script type="module" nonce="${nonce}">`,
    ])
    expect(await (await fetch(`${sandbox.url}/_sandbox`)).text()).not.toContain(nonce)
    const page = await open('about:blank')
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(`${sandbox.url}/_sandbox`)
    await page.getByText('live', { exact: true }).first().waitFor()
    expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([
      `${sandbox.url}/_sandbox`,
      `${sandbox.url}/_sandbox/stream?backlog=50`,
    ])
  })

  it('shows requests, events and deliveries as they come, without being loaded again', async () => {
    await stripe.customers.create({ name: 'before it was opened' })
    await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] })
    const page = await livePage()
    await eventRow(page, 'customer.created').first().waitFor()
    await page.evaluate('window.stays = true')
    receiver.script(500)
    const { id } = await stripe.customers.create({}, { idempotencyKey: 'signup-4711' })
    await stripe.customers.update(id, { name: 'Ana' })
    await sandbox.request('GET', '/v1/customers/cus_nope')
    await card(page, 'Requests').getByText('key signup-4711').first().waitFor()
    await card(page, 'Requests').getByText('resource_missing').first().waitFor()
    await eventRow(page, 'customer.updated').first().waitFor()
    await card(page, 'Deliveries').getByText('pending').first().waitFor()
    await card(page, 'Deliveries')
      .getByText(/500 · 1 try · again at/)
      .first()
      .waitFor()
    await sandbox.clock.advance(3_600_000)
    await card(page, 'Deliveries')
      .getByText(/200 · 2 tries/)
      .first()
      .waitFor()
    expect(await page.evaluate('window.stays')).toBe(true)
  })

  it('shows text of callers as text', async () => {
    const key = '<script>window.hit = true</script><img src=x onerror="window.hit = true">'
    await sandbox.request('POST', '/v1/customers', `name=x&metadata[a]=${encodeURIComponent(key)}`, {
      'Idempotency-Key': key,
    })
    const page = await livePage()
    await card(page, 'Requests').getByText(key).first().waitFor()
    await card(page, 'Events')
      .getByRole('button', { name: /customer\.created/ })
      .click()
    await page.getByRole('dialog').getByText('window.hit').first().waitFor()
    expect(await page.evaluate('window.hit')).toBeUndefined()
  })

  it('opens an event as each receiver sees it, and sends it again', async () => {
    await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] })
    const { id } = await stripe.customers.create({ name: 'Ana' })
    await sandbox.settled()
    const page = await livePage()
    await card(page, 'Events')
      .getByRole('button', { name: /customer\.created/ })
      .click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('"name": "Ana"').first().waitFor()
    await dialog.getByText(receiver.url).first().waitFor()
    await dialog.getByRole('tab', { name: 'Thin' }).click()
    await dialog.getByText('"v1.customer.created"').first().waitFor()
    await dialog.getByRole('button', { name: 'Send again' }).click()
    await dialog.getByText(`200 from ${receiver.url}`).first().waitFor()
    expect(receiver.received.map(({ event }) => event.data.object)).toMatchObject([{ id }, { id }])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
  })

  it('triggers an event of any type', async () => {
    const page = await livePage()
    await page.getByLabel('Type of event').first().selectOption('coupon.created')
    await page.getByRole('button', { name: 'Trigger' }).click()
    await card(page, 'Events')
      .getByRole('button', { name: /coupon\.created/ })
      .first()
      .waitFor()
    expect((await stripe.coupons.list()).data).toHaveLength(1)
  })

  it('adds a fault, shows whom it hit, says what is wrong with one, and removes it', async () => {
    const page = await livePage()
    const faults = card(page, 'Faults')
    await faults.getByText('Add a fault', { exact: true }).click()
    await faults.getByLabel('What happens').selectOption('a 503')
    await faults.getByLabel('Method').selectOption('POST')
    await faults.getByLabel('Path').fill('/v1/customers')
    const rule = { method: 'POST', path: '/v1/customers', times: 1, action: { kind: 'status', status: 503 } }
    expect(JSON.parse(await faults.getByLabel('The rule').inputValue())).toEqual(rule)
    await faults.getByRole('button', { name: 'Add', exact: true }).click()
    await faults.getByText('0 matched · 0 hit').first().waitFor()
    expect((await sandbox.request('POST', '/v1/customers')).status).toBe(503)
    await faults.getByText('1 matched · 1 hit').first().waitFor()
    await faults.getByLabel('The rule').fill('{"action": {"kind": "cut", "ms": 5}}')
    await faults.getByRole('button', { name: 'Add', exact: true }).click()
    await faults.getByText('the action cut has no member ms; it takes kind, when').first().waitFor()
    await faults.getByRole('button', { name: 'Remove' }).click()
    await faults.getByText('Everything works').first().waitFor()
    expect(sandbox.faults.list()).toEqual([])
  })

  it('offers for a fault of webhooks what goes with webhooks', async () => {
    const page = await livePage()
    const faults = card(page, 'Faults')
    await faults.getByText('Add a fault', { exact: true }).click()
    await faults.getByLabel('What happens').selectOption('a webhook that comes twice')
    expect(await faults.getByLabel('Path').isVisible()).toBe(false)
    await faults.getByLabel('Type of event').fill('customer.*')
    await faults.getByLabel('How often').fill('0')
    await faults.getByRole('button', { name: 'Add', exact: true }).click()
    await until('the fault', () => sandbox.faults.list().length === 1)
    expect(sandbox.faults.list()).toMatchObject([{ event_type: 'customer.*', action: { kind: 'duplicate' } }])
    expect(sandbox.faults.list()[0]).not.toHaveProperty('times')
  })

  it('advances the clock, by a button or by hand', async () => {
    const before = sandbox.clock.now()
    const page = await livePage()
    await page.getByRole('button', { name: '+1 day' }).click()
    await until('a day', () => sandbox.clock.now() - before >= 86_400_000)
    await page.getByLabel('How far').fill('2h30m')
    await page.getByRole('button', { name: 'Advance' }).click()
    await until('more', () => sandbox.clock.now() - before >= 86_400_000 + 9_000_000)
    await page.getByLabel('How far').fill('soon')
    await page.getByRole('button', { name: 'Advance' }).click()
    await page.getByText('write 90s, 10m, 2h, 3d or 1w').first().waitFor()
  })

  it('stands still while it is paused, and catches up', async () => {
    const page = await livePage()
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText('paused').first().waitFor()
    await stripe.customers.create({})
    await until('the request', () => sandbox.requests().length === 1)
    expect(await card(page, 'Events').getByText('No events yet').isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Pause' }).click()
    await eventRow(page, 'customer.created').first().waitFor()
  })

  it('forgets everything only at the second click', async () => {
    await stripe.customers.create({})
    const page = await livePage()
    await page.getByRole('button', { name: 'Reset' }).click()
    expect((await stripe.customers.list()).data).toHaveLength(1)
    await page.getByRole('button', { name: 'Forget everything?' }).click()
    await card(page, 'Events').getByText('No events yet').first().waitFor()
    expect((await stripe.customers.list()).data).toEqual([])
  })

  it('says when its sandbox is away, and goes on when it is back', async () => {
    const first = await startSandbox({ latency: 0, limits: 'off' })
    const page = await open('about:blank')
    await page.goto(`${first.url}/_sandbox`)
    await page.getByText('live', { exact: true }).first().waitFor()
    await first.close()
    await page.getByText('away: trying again').first().waitFor()
    const second = await startSandbox({ port: first.port, latency: 0, limits: 'off', fixtures: 'examples' })
    await page.getByText('live', { exact: true }).first().waitFor()
    await second.close()
  })
})

describe('on any screen', () => {
  it.each([
    [360, 'light'],
    [360, 'dark'],
    [1280, 'dark'],
  ] as const)(
    '%i pixels wide, in %s, nothing is wider than the screen, closed or opened',
    async (width, scheme) => {
      await stripe.webhookEndpoints.create({ url: receiver.url, enabled_events: ['*'] })
      await sandbox.door('POST', '/trigger', { type: 'entitlements.active_entitlement_summary.updated' })
      await sandbox.request('POST', '/v1/customers', 'x=1', { 'Idempotency-Key': 'k'.repeat(255) })
      sandbox.faults.add({
        path_regex: '^/v1/customers/.*$',
        probability: 0.5,
        action: { kind: 'cut', when: 'after' },
      })
      const page = await livePage({ width, scheme })
      await card(page, 'Events')
        .getByRole('button', { name: /entitlements/ })
        .first()
        .waitFor()
      await card(page, 'Faults').getByText('Add a fault', { exact: true }).click()
      const wider = 'document.documentElement.scrollWidth - innerWidth'
      expect(await page.evaluate(wider)).toBe(0)
      await card(page, 'Events')
        .getByRole('button', { name: /entitlements/ })
        .first()
        .click()
      const box = await page.getByRole('dialog').boundingBox()
      expect(box && box.x >= 0 && box.x + box.width <= width).toBe(true)
      expect(await page.evaluate(wider)).toBe(0)
    },
  )

  it('text stands out from its ground, in light and dark alike', async () => {
    for (const scheme of ['light', 'dark'] as const) {
      const page = await livePage({ scheme })
      const colours = ['--ink', '--quiet', '--good', '--odd', '--bad', '--accent']
      const ratios = await page.evaluate(`(${contrasts})(${JSON.stringify(colours)})`)
      // WCAG 2.2, level AA, for text of any size.
      for (const ratio of Array.isArray(ratios) ? ratios : [0]) expect(ratio).toBeGreaterThanOrEqual(4.5)
    }
  })
})

/** Runs in the page: the contrast of each colour with the ground that cards have, by the formula of WCAG. */
const contrasts = `(names) => {
  const probe = document.body.appendChild(document.createElement('i'))
  const light = (name) => {
    probe.style.setProperty('color', 'var(' + name + ')')
    const parts = getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map((part) => Number(part) / 255)
    const [r, g, b] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = light('--card')
  return names.map(light).map((each) => (Math.max(each, ground) + 0.05) / (Math.min(each, ground) + 0.05))
}`
