/**
 * Owns the live page at `/_sandbox`: its frame, and what is put into it.
 * Promises: one answer holds all of it; the script that runs is the one in `browser/`, as it stands there; without anything to show, each
 * part says what to do first.
 */
import { readFileSync } from 'node:fs'
import { apiVersion } from '../api-version.ts'
import type { Core } from '../core.ts'
import { escaped, newNonce, type Page } from '../doors/html.ts'
import { eventTypes } from '../events/event-types.ts'

/** Each after what it needs: they are one script in the page, so their imports and exports fall away. */
const scripts = ['dom', 'rows', 'event-dialog', 'fault-form', 'page']

/** A grain of sand. */
const icon =
  'data:image/svg+xml,' +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#4f46c8"/><circle cx="8" cy="8" r="3" fill="#fff"/></svg>',
  )

/** The page. */
export function livePage(core: Core): Page {
  const nonce = newNonce()
  return {
    nonce,
    page: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Stripe sandbox</title>
<link rel="icon" href="${icon}">
<style nonce="${nonce}">${fileText('frame.css')}${fileText('parts.css')}</style>
<body>
${frame(core)}
<script type="module" nonce="${nonce}">${script()}</script>
</html>`,
  }
}

function script(): string {
  return scripts
    .map((name) =>
      fileText(`browser/${name}.js`)
        .replaceAll(/^import .*\n/gm, '')
        .replaceAll(/^export /gm, ''),
    )
    .join('\n')
}

function fileText(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}

function frame(core: Core): string {
  const url = core.baseUrl()
  const { hostname, port } = new URL(url)
  const client = `new Stripe('sk_test_any', { protocol: 'http', host: '${hostname}', port: ${port} })`
  return `<div class="top">
  <h1>Stripe sandbox</h1>
  <code>${escaped(url)}</code>
  <span id="live" role="status" class="odd">connecting</span>
  <span class="actions">
    <button type="button" id="pause" aria-pressed="false">Pause</button>
    <button type="button" id="reset">Reset</button>
  </span>
</div>
<noscript><p class="bad">This page needs its script. The doors answer without it: <code>GET /_sandbox/events</code>.</p></noscript>

<dl class="facts">
  ${fact('Clock', '<span id="now">…</span> <span id="ahead" class="quiet"></span>')}
  ${fact('Limits', '<span id="limits">…</span>')}
  ${fact('Latency', '<span id="latency">…</span>')}
  ${fact('Requests', '<span id="calls">…</span>')}
  ${fact('Webhook receivers', '<span id="receivers">…</span>')}
  ${fact('Account', `<span class="id">${escaped(core.settings.account)}</span>`)}
  ${fact('Version', `<span class="id">${escaped(apiVersion)}</span>`)}
</dl>

<main class="cards">
  <div class="column">
  ${card(
    'Requests',
    'requests',
    `<p>No requests yet. Any client works with any test key:</p>
    <pre>${escaped(client)}</pre>
    <pre>curl ${escaped(url)}/v1/customers -u sk_test_any: -d name=Ana</pre>`,
  )}
  ${card(
    'Deliveries',
    'deliveries',
    `<div id="nobody"><p>Nobody listens yet. Let webhooks come to your program:</p>
    <pre>stripe-sandbox listen --forward-to localhost:3000/webhooks --url ${escaped(url)}</pre></div>
    <p id="waiting" hidden>Nothing was sent yet.</p>`,
  )}
  </div><div class="column">
  ${card(
    'Events',
    'events',
    '<p>No events yet. Every change makes one; or trigger one here.</p>',
    `<form id="trigger" class="inline">
      <select id="trigger-type" aria-label="Type of event">${eventTypes.map((type) => `<option${type === 'customer.updated' ? ' selected' : ''}>${type}</option>`).join('')}</select>
      <button id="trigger-go">Trigger</button>
    </form>
    <p id="trigger-said" class="said" role="status"></p>`,
  )}
  ${card(
    'Faults',
    'faults',
    '<p>Everything works. Add a fault, and see what your program does.</p>',
    '',
    faultForm(core),
  )}
  ${card('Clock', null, '', '', clockForm())}
  </div>
</main>
<dialog id="event" aria-label="Event"></dialog>`
}

function fact(name: string, value: string): string {
  return `<div><dt>${name}</dt><dd>${value}</dd></div>`
}

/** A part of the page: what stands in its head, a list with what to say while it is empty, what stands below. */
function card(title: string, list: string | null, empty: string, head = '', below = ''): string {
  const rows =
    list === null
      ? ''
      : `<div class="list"><ol id="${list}" hidden></ol><div class="empty">${empty}</div></div>`
  return `<section class="card" aria-label="${title}"><header><h2>${title}</h2>${head}</header>${rows}${below}</section>`
}

function clockForm(): string {
  const steps = { '+1 hour': '1h', '+1 day': '1d', '+30 days': '30d' }
  return `<p class="quiet">Retries, trials, invoices and the forgetting of idempotency keys follow this clock.</p>
  <form id="clock-form" class="inline">
    ${Object.entries(steps)
      .map(([text, by]) => `<button type="button" data-advance="${by}">${text}</button>`)
      .join('')}
    <input id="clock-by" size="6" placeholder="3d12h" aria-label="How far">
    <button id="clock-go">Advance</button>
    <span id="clock-said" class="said" role="status"></span>
  </form>`
}

function faultForm(core: Core): string {
  const paths = [...new Set(core.router.routes().map(({ path }) => path))]
  return `<details><summary>Add a fault</summary>
  <form id="fault-form">
    <div class="fields">
      <label>What happens <select id="fault-choice"></select></label>
      <label data-on="request">Method <select id="fault-method"><option value="">any</option><option>POST</option><option>GET</option><option>DELETE</option></select></label>
      <label data-on="request">Path <input id="fault-path" list="paths" placeholder="any"></label>
      <label data-on="webhook">Type of event <input id="fault-type" list="types" placeholder="any, or customer.*"></label>
      <label>How often <input id="fault-times" type="number" min="0" value="1" title="0: always"></label>
    </div>
    <label class="rule">The rule, as a test would add it <textarea id="fault-rule" spellcheck="false"></textarea></label>
    <div class="fault-end"><button id="fault-add" class="go">Add</button><span id="fault-said" class="said" role="status"></span></div>
  </form>
  <datalist id="paths">${paths.map((path) => `<option value="${escaped(path)}">`).join('')}</datalist>
  <datalist id="types">${eventTypes.map((type) => `<option value="${type}">`).join('')}</datalist>
  </details>`
}
