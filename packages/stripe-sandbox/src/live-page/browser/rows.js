// Owns how one request, event, delivery or fault looks in its list.

import { breakable, dateText, el, timeElement } from './dom.js'

/** @import { Delivery, EventLine, FaultView, LoggedRequest } from '../../live/feed.ts' */

/**
 * @param {LoggedRequest} request
 */
export function requestRow({ at, method, path, query, status, code, ms, idempotency_key: key, replayed }) {
  const grade = status === 0 || status >= 500 ? 'bad' : status >= 400 ? 'odd' : 'good'
  return el(
    'li',
    { class: 'row' },
    timeElement(at),
    el(
      'span',
      { class: 'what' },
      el('b', {}, method),
      ' ',
      el('span', { class: 'id' }, breakable(path + (query ? `?${query}` : ''))),
    ),
    el('span', { class: `end ${grade}` }, status === 0 ? 'cut' : String(status)),
    el(
      'span',
      { class: 'more' },
      [
        ...(code ? [code] : []),
        `${ms} ms`,
        ...(key ? [`key ${key}`] : []),
        ...(replayed ? ['replayed'] : []),
      ].join(' · '),
    ),
  )
}

/**
 * @param {EventLine} event
 * @param {(id: string) => void} open
 */
export function eventRow({ id, type, created, object }, open) {
  return el(
    'li',
    {},
    el(
      'button',
      { class: 'row', type: 'button', onclick: () => open(id) },
      timeElement(created * 1000),
      el('span', { class: 'what' }, el('b', {}, breakable(type))),
      el('span', { class: 'end quiet', 'aria-hidden': 'true' }, '›'),
      el('span', { class: 'more id' }, object),
    ),
  )
}

/**
 * @param {Delivery} delivery
 * @param {(id: string) => void} open
 */
export function deliveryRow(
  { event, type, url, status, attempts, last_result: result, next_at: next },
  open,
) {
  const grade = status === 'delivered' ? 'good' : status === 'failed' ? 'bad' : 'odd'
  const tries = `${attempts} ${attempts === 1 ? 'try' : 'tries'}`
  const again = next === null || attempts === 0 ? [] : [`again at ${dateText(next).slice(11)}`]
  return el(
    'li',
    {},
    el(
      'button',
      { class: 'row', type: 'button', onclick: () => open(event) },
      el('span', { class: 'what wide' }, el('b', {}, breakable(type))),
      el('span', { class: `end ${grade}` }, status),
      el(
        'span',
        { class: 'more wide' },
        [...(result ? [result] : []), tries, ...again].join(' · '),
        ' · ',
        el('span', { class: 'id' }, url),
      ),
    ),
  )
}

/**
 * @param {FaultView} fault
 * @param {(id: string) => void} remove
 */
export function faultRow({ id, matched, applied, on: _on, action, ...rule }, remove) {
  const { kind, ...members } = action
  return el(
    'li',
    { class: 'row' },
    el(
      'span',
      { class: 'what wide' },
      el('b', {}, kind),
      ' ',
      el('span', { class: 'id' }, written({ ...members, ...rule })),
    ),
    el(
      'button',
      { type: 'button', class: 'small', onclick: () => remove(id), 'aria-label': `Remove ${id}` },
      'Remove',
    ),
    el('span', { class: 'more wide' }, `${matched} matched · ${applied} hit`),
  )
}

/** @param {object} members */
function written(members) {
  return Object.entries(members)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(',') : String(value)}`)
    .join(', ')
}
