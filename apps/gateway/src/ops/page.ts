// Owns the pages of `/ops`: sign-in, overview, and "the database is away". No script; the overview reloads itself.

import { parkedReason } from '@lockstep/domain/error/parked'
import { findingKinds, type Reconciliation } from '@lockstep/domain/reconciliation/pass'
import type { Pause, Tenant } from '@lockstep/domain/store/tenant'
import type { BudgetUse } from '@lockstep/domain/stripe/redis-slots'
import { type Html, html } from './html.ts'
import type { Overview } from './overview.ts'

/** Seconds between two looks: fast enough to watch a backlog drain, slow enough to read. */
const refreshSeconds = 5
/** Lag (ms) from which the headline says more than "working": far above the usual round trip to Stripe. */
const lagWorthTellingMs = 60_000

/** The form that asks for an operator's key. */
export function signInPage(message: string | null): string {
  return document({
    title: 'Sign in',
    body: html`<header><strong>Lockstep</strong></header>
<h1>Sign in with an operator key</h1>
${message === null ? [] : html`<p class="wrong" role="alert">${message}</p>`}
<form class="sign-in" method="post" action="/ops/sign-in">
<label for="key">Operator key</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button>
</form>`,
  })
}

/** What to show while nothing can be read. */
export function awayPage(): string {
  return document({
    title: 'Database away',
    refresh: true,
    body: html`<header><strong>Lockstep</strong></header>
<h1 class="wrong">The database is away</h1>
<p>Nothing is accepted at the moment, and nothing that was accepted is lost. This page looks again every
${refreshSeconds} seconds.</p>`,
  })
}

/** The state of the whole, at one moment. */
export function overviewPage(overview: Overview): string {
  const { backlog, at } = overview
  return document({
    title: 'Overview',
    refresh: true,
    body: html`<header><strong>Lockstep</strong>
<nav><a href="/ops" aria-current="page">Overview</a><a href="/ops/queues">Queues</a></nav>
<form method="post" action="/ops/sign-out"><button class="plain">Sign out</button></form></header>
<main>${headline(overview)}
<dl class="tiles">
${tile('Waiting operations', backlog.waitingOperations, since(backlog.oldestWaitingOperationAt, at))}
${tile('Customers not in step', backlog.unsyncedCustomers, since(backlog.oldestUnsyncedAt, at))}
${tile('Waiting Stripe events', backlog.waitingStripeEvents, '')}
${tile('Parked', parkedCount(overview), parkedCount(overview) === 0 ? '' : 'wait for a person')}
</dl>
<h2>Parked, by error</h2>
${parkedTable(overview)}
<h2>Tenants</h2>
${table(
  ['Tenant', 'Stripe account', 'Mode', 'Inbound', 'Outbound', 'Both sides compared'],
  overview.tenants.map((tenant) => tenantRow(tenant, overview)),
  'No tenant is set up yet.',
)}
<h2>Stripe budget in use</h2>
${budgetTable(overview.budget)}
</main>
<footer>As of ${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC. Reloads every ${refreshSeconds} seconds.</footer>`,
  })
}

function headline({ backlog, redisUp, tenants, at }: Overview): Html {
  const paused = tenants.filter((tenant) => tenant.paused_inbound ?? tenant.paused_outbound)
  if (!redisUp) {
    return html`<h1 class="wrong">Redis is away: writes are accepted and wait, Stripe is not called</h1>`
  }
  if (paused.length > 0) {
    return html`<h1 class="wrong">${paused.length === 1 ? 'One tenant is' : `${paused.length} tenants are`} paused</h1>`
  }
  const oldest = [backlog.oldestUnsyncedAt, backlog.oldestWaitingOperationAt].filter((time) => time !== null)
  const lag = oldest.length === 0 ? 0 : at - Math.min(...oldest)
  if (lag > lagWorthTellingMs)
    return html`<h1 class="busy">The oldest unsynced change is ${span(lag)} old</h1>`
  if (lag > 0 || backlog.waitingStripeEvents > 0) return html`<h1>Working: ${span(lag)} behind</h1>`
  if (parkedCount({ backlog }) > 0) return html`<h1 class="busy">In step, but for what is parked</h1>`
  return html`<h1 class="calm">Everything is in step</h1>`
}

function tile(name: string, count: number, note: string): Html {
  return html`<div><dt>${name}</dt><dd>${count.toLocaleString('en')}</dd><dd>${note}</dd></div>`
}

function parkedCount({ backlog }: Pick<Overview, 'backlog'>): number {
  return backlog.parked.reduce((sum, { count }) => sum + count, 0)
}

function parkedTable({ backlog }: Overview): Html {
  const rows = backlog.parked.map(({ code, count }) => {
    const title = parkedReason(code)
    return html`<tr><td><code>${code}</code></td><td>${title}</td><td class="number">${count}</td></tr>`
  })
  return table(['Code', 'Meaning', 'Customers'], rows, 'Nothing is parked.')
}

function tenantRow(tenant: Tenant, { reconciliations, at }: Overview): Html {
  const account =
    tenant.account === null
      ? html`<span class="quiet">not bound yet</span>`
      : html`<code>${tenant.account}</code>`
  return html`<tr><td>${tenant._id}</td><td>${account}</td><td>${tenant.livemode ? 'live' : 'test'}</td>
<td>${pauseState(tenant.paused_inbound)}</td><td>${outboundState(tenant)}</td>
<td>${comparedState(reconciliations.get(tenant._id), at)}</td></tr>`
}

function outboundState({ paused_outbound, observe_only }: Tenant): Html {
  return paused_outbound || !observe_only
    ? pauseState(paused_outbound)
    : html`<span class="busy">only observes</span>`
}

function comparedState(record: Reconciliation | undefined, at: number): Html {
  if (!record) return html`<span class="quiet">never</span>`
  const { counts, ended_at, reason } = record.pass
  const found = findingKinds.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`)
  const what = found.length === 0 ? 'nothing differed' : found.join(', ')
  return ended_at === null
    ? html`<span class="busy">under way</span> (<code>${reason}</code>), ${counts.at_stripe} read<br>${what}`
    : html`${span(at - ended_at)} ago<br>${what}`
}

function pauseState(pause: Pause | null): Html {
  if (!pause) return html`<span class="calm">flows</span>`
  return html`<span class="wrong">paused: <code>${pause.reason}</code></span><br>${pause.detail}`
}

function budgetTable(budget: BudgetUse[] | null): Html {
  if (budget === null)
    return html`<p class="none">Unknown while Redis is away; Stripe is not called meanwhile.</p>`
  const rows = budget.map(
    ({ account, scope, used, limit }) =>
      html`<tr><td><code>${account}</code></td><td>${scope === 'account' ? 'the whole account' : html`<code>${scope}</code>`}</td>
<td class="number">${used} of ${limit}</td></tr>`,
  )
  return table(['Account', 'Endpoint', 'Calls this second'], rows, 'No call to Stripe in the last seconds.')
}

/** Columns of numbers: aligned with what stands below them. */
const countedHeads = new Set(['Calls this second', 'Customers'])

function table(heads: string[], rows: Html[], none: string): Html {
  if (rows.length === 0) return html`<p class="none">${none}</p>`
  return html`<div class="table"><table><tr>${heads.map((head) => (countedHeads.has(head) ? html`<th class="number">${head}</th>` : html`<th>${head}</th>`))}</tr>${rows}</table></div>`
}

function since(at: number | null, now: number): string {
  return at === null ? '' : `oldest ${span(now - at)}`
}

/** A span as people say it, in its two largest units. */
function span(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`
}

function document({
  title,
  body,
  refresh = false,
}: {
  title: string
  body: Html
  refresh?: boolean
}): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh ? html`<meta http-equiv="refresh" content="${refreshSeconds}">` : []}
<title>${title} · Lockstep</title>
<link rel="stylesheet" href="/ops/style.css">
</head>
<body>
${body}
</body>
</html>
`.html
}
