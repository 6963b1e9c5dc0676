// Owns the live page: what it shows, kept up to date by the stream of the sandbox.
// Promises: nothing is loaded again; what came before the page was opened is there; a sandbox that went away is said to be away.

import { act, byId, dateText, door, durationText, fill } from './dom.js'
import { openEvent } from './event-dialog.js'
import { prepareFaultForm } from './fault-form.js'
import { deliveryRow, eventRow, faultRow, requestRow } from './rows.js'

/** @import { Delivery, EventLine, LoggedRequest, State } from '../../live/feed.ts' */

/** Rows of a list: what a person reads through. */
const rowsMax = 50
/** How long a click on "Reset" waits for the second one (ms). */
const sureMs = 4000

/** @type {{ state: State | undefined, requests: LoggedRequest[], events: EventLine[], deliveries: Delivery[] }} */
const shown = { state: undefined, requests: [], events: [], deliveries: [] }
/** @type {EventSource | undefined} */
let source

function connect() {
  source = new EventSource(`/_sandbox/stream?backlog=${rowsMax}`)
  source.addEventListener('open', () => {
    // The backlog comes again with every connection.
    Object.assign(shown, { requests: [], events: [], deliveries: [] })
    say('live')
    showLists()
  })
  source.addEventListener('error', () => say('away: trying again'))
  source.addEventListener('state', ({ data }) => showState(JSON.parse(data)))
  source.addEventListener('requests', ({ data }) => {
    shown.requests = [...shown.requests, ...JSON.parse(data)].slice(-rowsMax)
    showRequests()
  })
  source.addEventListener('events', ({ data }) => {
    shown.events = [...shown.events, ...JSON.parse(data)].slice(-rowsMax)
    showEvents()
  })
  source.addEventListener('deliveries', ({ data }) => {
    shown.deliveries = JSON.parse(data).slice(0, rowsMax)
    showDeliveries()
  })
}

/** @param {string} text */
function say(text) {
  const live = byId('live', HTMLElement)
  live.textContent = text
  live.className = text === 'live' ? 'good' : 'odd'
}

/** @param {State} state */
function showState(state) {
  shown.state = state
  const {
    now_ms: now,
    ahead_ms: ahead,
    limits,
    latency,
    calls,
    rate_limited: limited,
    receivers,
    faults,
  } = state
  const [low, high] = latency
  const told = {
    limits: limits === 'off' ? 'off' : `${limits}, ${limits === 'live' ? 100 : 25} a second`,
    latency: high === 0 ? 'none' : low === high ? `${low} ms` : `${low}–${high} ms`,
    calls: `${calls}${limited > 0 ? `, ${limited} of them 429` : ''}`,
    receivers: receivers.length === 0 ? 'none' : String(receivers.length),
    now: dateText(now),
    ahead: ahead < 1000 ? '' : `${durationText(ahead)} ahead`,
  }
  for (const [id, text] of Object.entries(told)) byId(id, HTMLElement).textContent = text
  fill(
    'faults',
    faults.map((fault) => faultRow(fault, removeFault)),
  )
  showDeliveries()
}

function showLists() {
  showRequests()
  showEvents()
  showDeliveries()
}

function showRequests() {
  fill('requests', shown.requests.toReversed().map(requestRow))
}

function showEvents() {
  fill(
    'events',
    shown.events.toReversed().map((event) => eventRow(event, open)),
  )
}

function showDeliveries() {
  fill(
    'deliveries',
    shown.deliveries.map((delivery) => deliveryRow(delivery, open)),
  )
  const isAlone = shown.state?.receivers.length === 0
  byId('nobody', HTMLElement).hidden = !isAlone
  byId('waiting', HTMLElement).hidden = isAlone
}

/** @param {string} id */
function open(id) {
  openEvent(id).catch((error) => say(error instanceof Error ? error.message : String(error)))
}

/** @param {string} id */
function removeFault(id) {
  door('DELETE', `/faults/${id}`).catch((error) =>
    say(error instanceof Error ? error.message : String(error)),
  )
}

/**
 * @param {HTMLButtonElement} button
 * @param {string} text
 */
function advance(button, text) {
  const factor = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
  void act(button, byId('clock-said', HTMLElement), async () => {
    const parts = [...text.matchAll(/(\d+)\s*([smhdw])/g)]
    if (parts.length === 0) throw new Error('write 90s, 10m, 2h, 3d or 1w')
    const unit = (/** @type {string | undefined} */ name) => factor[/** @type {keyof typeof factor} */ (name)]
    const seconds = parts.reduce((sum, [, count, name]) => sum + Number(count) * unit(name), 0)
    await door('POST', '/clock/advance', { seconds })
    return ''
  })
}

function prepareClock() {
  for (const button of document.querySelectorAll('button[data-advance]')) {
    if (button instanceof HTMLButtonElement)
      button.addEventListener('click', () => advance(button, button.dataset['advance'] ?? ''))
  }
  byId('clock-form', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    advance(byId('clock-go', HTMLButtonElement), byId('clock-by', HTMLInputElement).value)
  })
}

function prepareTrigger() {
  byId('trigger', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault()
    void act(byId('trigger-go', HTMLButtonElement), byId('trigger-said', HTMLElement), async () => {
      await door('POST', '/trigger', { type: byId('trigger-type', HTMLSelectElement).value })
      return ''
    })
  })
}

/** Everything is forgotten only at the second click. */
function prepareReset() {
  const button = byId('reset', HTMLButtonElement)
  const calm = button.textContent
  button.addEventListener('click', () => {
    if (button.textContent !== calm) {
      button.textContent = calm
      void door('POST', '/reset').then(() => {
        source?.close()
        connect()
      })
      return
    }
    button.textContent = 'Forget everything?'
    setTimeout(() => {
      button.textContent = calm
    }, sureMs)
  })
}

/** While it is paused the page stands still, to be read. */
function preparePause() {
  const button = byId('pause', HTMLButtonElement)
  button.addEventListener('click', () => {
    const isPaused = button.getAttribute('aria-pressed') === 'true'
    button.setAttribute('aria-pressed', String(!isPaused))
    if (isPaused) return connect()
    source?.close()
    say('paused')
  })
}

prepareClock()
prepareTrigger()
prepareFaultForm()
prepareReset()
preparePause()
connect()
