/**
 * Owns pages that a door answers instead of JSON.
 * Promises: text from callers is escaped, always.
 */
import { randomBytes } from 'node:crypto'

/** A page; styles and scripts run only if they carry its `nonce`. */
export type Page = { readonly page: string; readonly nonce: string }

/** True for a page. */
export function isPage(value: unknown): value is Page {
  return typeof value === 'object' && value !== null && 'page' in value && 'nonce' in value
}

/** Text as it may stand in a page. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A value that no earlier page had. */
export function newNonce(): string {
  return randomBytes(16).toString('base64')
}

/** A whole page around a body that is safe already. */
export function page(title: string, body: string): Page {
  const nonce = newNonce()
  return {
    nonce,
    page: `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style nonce="${nonce}">
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.3rem;font-weight:600}h2{font-size:1rem;margin-top:2rem}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid color-mix(in srgb,currentColor 15%,transparent)}
form{display:inline}code{font-size:.9em}.quiet{opacity:.6}
</style><h1>${escaped(title)}</h1>${body}</html>`,
  }
}

/** A table; cells are escaped here. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '<p class="quiet">Nothing yet.</p>'
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table>${row(head, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`
}
