// Owns how the page makes its elements, and how it writes times.
// Promises: text from the sandbox becomes text, never markup.

/**
 * An element with attributes (an `on…` is a listener) and children.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {{ [name: string]: string | boolean | EventListener | undefined }} attributes
 * @param {...(Node | string | null)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function el(tag, attributes, ...children) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value)
    else if (value === true) made.setAttribute(name, '')
    else if (value) made.setAttribute(name, value)
  }
  made.append(...children.filter((child) => child !== null))
  return made
}

/**
 * An element of the page by its id.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id)
  if (found instanceof kind) return found
  throw new Error(`bug: the page has no ${id}`)
}

/**
 * A name or path that may break behind its dots, slashes and low lines, and nowhere else as long as it can.
 * @param {string} text
 */
export function breakable(text) {
  return el(
    'span',
    {},
    ...text.split(/(?<=[._/])/).flatMap((part, index) => (index > 0 ? [el('wbr', {}), part] : [part])),
  )
}

/**
 * The time of day, with the whole date for whoever points at it.
 * @param {number} ms
 */
export function timeElement(ms) {
  const date = new Date(ms)
  return el('time', { datetime: date.toISOString(), title: dateText(ms) }, dateText(ms).slice(11))
}

/**
 * Date and time where the reader is.
 * @param {number} ms
 */
export function dateText(ms) {
  const date = new Date(ms)
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
}

/**
 * Fills a list; its empty state stands behind it. Rows that stay the same stay where they are, with focus and all, so that a click never
 * hits a row that moves away under it.
 * @param {string} id
 * @param {readonly HTMLElement[]} rows
 */
export function fill(id, rows) {
  const list = byId(id, HTMLElement)
  let place = list.firstElementChild
  for (const row of rows) {
    const same = following(place).find((old) => old.outerHTML === row.outerHTML)
    if (!same) {
      list.insertBefore(row, place)
      continue
    }
    while (place && place !== same) place = removed(place)
    place = same.nextElementSibling
  }
  while (place) place = removed(place)
  list.hidden = rows.length === 0
  const empty = list.nextElementSibling
  if (empty instanceof HTMLElement) empty.hidden = rows.length > 0
}

/** @param {Element | null} first */
function following(first) {
  const found = []
  for (let each = first; each; each = each.nextElementSibling) found.push(each)
  return found
}

/** @param {Element} element */
function removed(element) {
  const next = element.nextElementSibling
  element.remove()
  return next
}

/**
 * Milliseconds in the two largest units.
 * @param {number} ms
 */
export function durationText(ms) {
  let rest = Math.round(ms / 1000)
  const parts = /** @type {const} */ ([
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ]).flatMap(([unit, seconds]) => {
    const count = Math.floor(rest / seconds)
    rest -= count * seconds
    return count > 0 ? [`${count} ${unit}`] : []
  })
  return parts.slice(0, 2).join(' ') || '0 s'
}

/**
 * A call of a door. Whoever calls says what that door answers.
 * @template [Answer=unknown]
 * @param {'GET' | 'POST' | 'DELETE'} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Answer>} rejects with the sandbox's own text
 */
export async function door(method, path, body) {
  const response = await fetch(`/_sandbox${path}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const answer = await response.json()
  if (response.ok) return answer
  throw new Error(typeof answer.error === 'string' ? answer.error : `${path}: ${response.status}`)
}

/**
 * Runs what a button does; a refusal is said beside it, and the button waits meanwhile.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} said
 * @param {() => Promise<string>} work gives what to say
 */
export async function act(button, said, work) {
  button.disabled = true
  said.className = 'said'
  said.textContent = '…'
  try {
    said.textContent = await work()
  } catch (error) {
    said.className = 'said bad'
    said.textContent = error instanceof Error ? error.message : String(error)
  }
  button.disabled = false
}
