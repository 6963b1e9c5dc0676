// Owns the opened event: as each receiver sees it, who got it, and sending it again.

import { act, byId, door, el } from './dom.js'

/** @import { Delivery } from '../../live/feed.ts' */

/**
 * Opens an event.
 * @param {string} id
 */
export async function openEvent(id) {
  const dialog = byId('event', HTMLDialogElement)
  /** @type {{ snapshot: { type: string } | null, thin: { type: string }, deliveries: Delivery[] }} */
  const { snapshot, thin, deliveries } = await door('GET', `/events/${id}`)
  const text = el('pre', { tabindex: '0' })
  const said = el('p', { class: 'said', role: 'status' })
  /** @type {[string, unknown][]} */
  const faces = [
    ...(snapshot ? [/** @type {[string, unknown]} */ (['Snapshot', snapshot])] : []),
    ['Thin', thin],
  ]
  const tabs = faces.map(([name, face]) =>
    el('button', { type: 'button', role: 'tab', onclick: () => show(name, face) }, name),
  )
  /** @type {(name: string, face: unknown) => void} */
  const show = (name, face) => {
    text.textContent = JSON.stringify(face, null, 2)
    for (const tab of tabs) tab.setAttribute('aria-selected', String(tab.textContent === name))
  }
  const again = el(
    'button',
    { type: 'button', onclick: () => void act(again, said, () => resend(id)) },
    'Send again',
  )
  dialog.replaceChildren(
    el('header', {}, el('h2', {}, snapshot?.type ?? thin.type), el('p', { class: 'id quiet' }, id)),
    el('div', { role: 'tablist', class: 'tabs' }, ...tabs),
    text,
    receivedBy(deliveries),
    said,
    el(
      'footer',
      {},
      again,
      el('button', { type: 'button', class: 'plain', onclick: () => dialog.close() }, 'Close'),
    ),
  )
  const [first] = faces
  if (first) show(...first)
  dialog.showModal()
}

/** @param {readonly Delivery[]} deliveries */
function receivedBy(deliveries) {
  if (deliveries.length === 0) return el('p', { class: 'quiet' }, 'No receiver wanted it.')
  return el(
    'ul',
    { class: 'receivers' },
    ...deliveries.map(({ url, status, last_result: result }) =>
      el('li', {}, `${status}${result ? ` (${result})` : ''} `, el('span', { class: 'id' }, url)),
    ),
  )
}

/** @param {string} id */
async function resend(id) {
  /** @type {{ sent: { url: string, result: string }[] }} */
  const { sent } = await door('POST', `/events/${id}/resend`)
  if (sent.length === 0) return 'No receiver that is enabled wants it.'
  return sent.map(({ url, result }) => `${result} from ${url}`).join(' · ')
}
