// Owns the form that adds a fault.
// Promises: what is sent is the rule that stands there as JSON, the same that a test would add; the fields only write it.

import { act, byId, door } from './dom.js'

/** @type {{ readonly [name: string]: { readonly on: 'request' | 'webhook', readonly action: object } }} */
const choices = {
  'no answer, though it happened': { on: 'request', action: { kind: 'cut', when: 'after' } },
  'no answer, and nothing happened': { on: 'request', action: { kind: 'cut', when: 'before' } },
  'a 500, though it happened': { on: 'request', action: { kind: 'server_error', when: 'after' } },
  'a 500, and nothing happened': { on: 'request', action: { kind: 'server_error', when: 'before' } },
  'a 503': { on: 'request', action: { kind: 'status', status: 503 } },
  'a 429': { on: 'request', action: { kind: 'rate_limit', reason: 'endpoint-rate' } },
  'a 409: the key is in use': { on: 'request', action: { kind: 'conflict' } },
  'an answer after 5 seconds': { on: 'request', action: { kind: 'delay', ms: 5000, when: 'after' } },
  'a webhook that never comes': { on: 'webhook', action: { kind: 'drop' } },
  'a webhook that comes twice': { on: 'webhook', action: { kind: 'duplicate', count: 1 } },
  'a webhook 5 seconds late': { on: 'webhook', action: { kind: 'delay_delivery', ms: 5000 } },
  'webhooks in the wrong order': { on: 'webhook', action: { kind: 'reorder', behind: 1 } },
}

/** Fills the form, and lets it work. */
export function prepareFaultForm() {
  const form = byId('fault-form', HTMLFormElement)
  const choice = byId('fault-choice', HTMLSelectElement)
  for (const name of Object.keys(choices)) choice.add(new Option(name))
  form.addEventListener('input', (event) => {
    if (event.target !== byId('fault-rule', HTMLTextAreaElement)) write()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void act(byId('fault-add', HTMLButtonElement), byId('fault-said', HTMLElement), async () => {
      /** @type {{ id: string }} */
      const { id } = await door('POST', '/faults', JSON.parse(byId('fault-rule', HTMLTextAreaElement).value))
      return `${id} is in place.`
    })
  })
  write()
}

function write() {
  const { on, action } = choices[byId('fault-choice', HTMLSelectElement).value] ?? {
    on: 'request',
    action: {},
  }
  for (const part of document.querySelectorAll('[data-on]'))
    part.toggleAttribute('hidden', part.getAttribute('data-on') !== on)
  const value = (/** @type {string} */ id) => byId(id, HTMLInputElement).value.trim()
  const fields =
    on === 'request'
      ? { method: byId('fault-method', HTMLSelectElement).value, path: value('fault-path') }
      : { event_type: value('fault-type') }
  const matching = Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''))
  const times = Number(value('fault-times'))
  const rule = { ...matching, ...(times > 0 ? { times } : {}), action }
  byId('fault-rule', HTMLTextAreaElement).value = JSON.stringify(rule, null, 2)
}
