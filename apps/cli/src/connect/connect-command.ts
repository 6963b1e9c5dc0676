// Owns `lockstep connect`: shows what the first sync of an account would do, asks, and then binds the tenant, makes Stripe's
// webhook endpoint and has the workers begin.
// Exit codes: 0 it has begun (or --status: it was shown), 3 nobody agreed and nothing was written, 4 a side cannot be reached,
// 2 wrong use, a key of another account included.

import { systemClock, systemRandom } from '@lockstep/domain/clock/clock'
import type { Reconciliation } from '@lockstep/domain/reconciliation/pass'
import type { Tenant } from '@lockstep/domain/store/tenant'
import { askForPass } from '@lockstep/worker/reconcile/request'
import { type Command, InvalidArgumentError } from 'commander'
import { readSidesEnvironment, type SidesEnvironment } from '../environment.ts'
import { asked, onTenant } from '../on-tenant.ts'
import { printObject, screenFor } from '../terminal/print.ts'
import { passObject, printPass } from '../repair/show-pass.ts'
import { pausesOf } from '../tenant/resume-tenant.ts'
import { showPauses } from '../tenant/show-pauses.ts'
import { ExitWith, UsageError, newCommand } from '../terminal/command-line.ts'
import type { Screen } from '../terminal/screen.ts'
import { onSides } from '../verify/on-sides.ts'
import type { OpenSides } from '../verify/open-sides.ts'
import { aboutOf } from '../verify/print-comparison.ts'
import { bindTenant } from './bind-tenant.ts'
import { type Preview, previewSync } from './preview-sync.ts'
import { previewObject, printPreview } from './show-preview.ts'
import { planWebhook, setUpWebhook, type WebhookPlan, type WebhookResult } from './webhook.ts'

const notAgreedExit = 3

interface Flags {
  webhookUrl?: string
  secretFile?: string
  observe: boolean
  status: boolean
  yes: boolean
  json: boolean
}

/** The command. */
export function connectCommand(): Command {
  return newCommand('connect', 'Previews the first sync with a Stripe account, asks, and has it begin.', [
    'pnpm lockstep connect --webhook-url https://example.com/webhooks/stripe',
    'pnpm lockstep connect --observe --yes',
    'pnpm lockstep connect --status',
  ])
    .option('--webhook-url <url>', 'where Stripe reaches the gateway: https://<host>/webhooks/stripe', webUrl)
    .option('--secret-file <path>', 'write the webhook secret there (0600), not to the screen')
    .option('--observe', 'only read Stripe: nothing is ever sent to it', false)
    .option('--status', 'show how far the sync is; nothing is written', false)
    .option('--yes', 'do not ask', false)
    .option('--json', 'print one JSON object; without --yes only the preview', false)
    .addHelpText(
      'after',
      `
Reads MONGO_URL and STRIPE_SECRET_KEY, and where set STRIPE_API_BASE, TENANT_ID,
STRIPE_ACCOUNT, STRIPE_LINK_BY_EMAIL and REDIS_URL. --status reads MONGO_URL and
TENANT_ID alone.

Nothing is written, here or at Stripe, before you agree. Then the tenant is
bound to the account, the webhook endpoint made or put right (its secret is
told once), and the workers begin: a sync that is cut off goes on where it was.
Run it before the first worker starts, or those here that Stripe has under the
same e-mail are made there a second time.

Ends with 0 (the first sync is asked for), 3 (nobody agreed, nothing was
written), 4 (a side cannot be reached) or 2 (wrong use, or a key of another
account).`,
    )
    .action((flags: Flags) => {
      if (flags.status)
        return onTenant(async (store, tenant) =>
          showStatus(await store.readReconciliation(tenant._id), tenant, flags),
        )
      if (flags.secretFile !== undefined && flags.webhookUrl === undefined)
        throw new UsageError('--secret-file goes with --webhook-url.')
      const environment = readSidesEnvironment(process.env)
      return onSides(
        environment,
        { json: flags.json, nothingWas: 'nothing was connected', newTenants: true },
        (sides) => connect(sides, environment, flags),
      )
    })
}

async function connect(sides: OpenSides, environment: SidesEnvironment, flags: Flags): Promise<void> {
  const { json, yes, webhookUrl: url, observe } = flags
  const screen = screenFor(json)
  const { tenant, account, http } = sides
  const linkByEmail = tenant.link_by_email
  const preview = await previewSync(sides, { linkByEmail, limits: environment.limits })
  const webhook = url === undefined ? null : await planWebhook(http, url)
  const about = aboutOf(sides)
  if (!json) {
    screen.title(`Tenant ${about.tenant} and ${account} (${about.livemode ? 'live' : 'test'} mode)`)
    printPreview(screen, preview, webhook)
    if (observe || tenant.observe_only) screen.note('Stripe is only read: create and push wait.')
    screen.line()
  }
  const agreed = yes || (!json && (await asked('  Connect, and begin? [y/N] ')))
  if (!agreed) {
    if (json) printObject({ ...about, connected: false, preview: previewObject(preview, webhook) })
    else screen.failed('nothing was written', 'see --yes')
    throw new ExitWith(notAgreedExit)
  }
  const made = await begin(sides, preview, webhook, flags)
  if (json)
    printObject({
      ...about,
      connected: true,
      preview: previewObject(preview, webhook),
      webhook: made && webhookObject(made),
    })
  else tell(screen, made, account)
}

async function begin(
  { store, http, tenant, account }: OpenSides,
  preview: Preview,
  webhook: WebhookPlan | null,
  { webhookUrl: url, secretFile, observe }: Flags,
): Promise<WebhookResult | null> {
  await bindTenant(store, tenant, { account, observe })
  // Before the list is read: what changes meanwhile is told by webhooks.
  const made =
    webhook && url !== undefined
      ? await setUpWebhook(http, webhook, { url, secretFile: secretFile ?? null })
      : null
  const world = { store, clock: systemClock, random: systemRandom }
  await askForPass(world, tenant._id, { reason: 'connect', expected: preview.atStripe })
  return made
}

function webhookObject(made: WebhookResult) {
  if (made.kind !== 'created') return { id: made.id, state: made.kind, other_version: made.otherVersion }
  const { id, secret, secretFile } = made
  return { id, state: 'created', ...(secretFile === null ? { secret } : { secret_file: secretFile }) }
}

function tell(screen: Screen, made: WebhookResult | null, account: string): void {
  screen.done('the tenant is bound', account)
  if (made?.kind === 'created') {
    screen.done('the webhook endpoint is made', made.id)
    if (made.secretFile !== null) screen.note(`its secret stands in ${made.secretFile}`)
    // Outside of the screen's 80 columns: a secret that is cut is none.
    else
      process.stdout.write(
        `    Its secret, told this once, for STRIPE_WEBHOOK_SECRETS:\n    ${made.secret}\n`,
      )
  } else if (made) {
    screen.done(
      made.kind === 'mended' ? 'the webhook endpoint is put right' : 'the webhook endpoint is kept',
      made.id,
    )
    screen.note('Its secret was told when it was made; a lost one is rolled at Stripe.')
    if (made.otherVersion)
      screen.paragraph(
        `It sends version ${made.otherVersion}. A version is fixed for good: delete it at Stripe and connect again.`,
      )
  }
  screen.done('the first sync is asked for')
  screen.note('Start the gateway and a worker; pnpm lockstep connect --status shows how far it is.')
}

function showStatus(record: Reconciliation | null, tenant: Tenant, { json }: Flags): void {
  const paused = pausesOf(tenant)
  if (json) return printObject({ ...(record ? passObject(record, Date.now()) : { pass: null }), paused })
  const screen = screenFor(false)
  if (paused) showPauses(screen, paused)
  if (!record) return screen.done('no sync was ever asked for')
  printPass(screen, record, { now: Date.now(), paused: paused !== null })
  if (record.held.length > 0) screen.note(`${record.held.length} are held: see --json`)
}

function webUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url && /^https?:$/.test(url.protocol) && url.pathname.includes('/webhooks/stripe')) return url.href
  throw new InvalidArgumentError('It must be an address such as https://example.com/webhooks/stripe.')
}
