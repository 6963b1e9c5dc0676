// Owns how rows of text become aligned lines.
// Promises: no line is wider than asked for, counted in terminal columns (wide letters take two, combining marks none);
// what does not fit ends in `…`, never in half a letter.

import stringWidth from 'string-width'

/** Terminals are at least this wide (columns); wider output is harder to read than to print. */
export const screenWidth = 80

/** One column. The one that `shrinks` gives way where the table would be too wide. */
export interface Column {
  header?: string
  align?: 'left' | 'right'
  shrinks?: boolean
}

/** What a table is made of; cells are plain text without line ends. */
export interface Table {
  columns: readonly Column[]
  rows: readonly (readonly string[])[]
  /** Put before every line. Default: two blanks. */
  indent?: string
  /** Columns of the terminal. Default: 80. */
  width?: number
}

const gap = '  '
/** Below this (columns) a shrunk cell says nothing any more. */
const leastShrunk = 6

/** The lines of a table, the header first where a column has one; without blanks at the end. */
export function tableLines(table: Table): string[] {
  const indent = table.indent ?? '  '
  const room = (table.width ?? screenWidth) - stringWidth(indent)
  const headers = table.columns.map(({ header }) => header ?? '')
  const lines = headers.some(Boolean) ? [headers, ...table.rows] : table.rows
  const widths = fitted(table.columns, lines, room)
  return lines.map((cells) => {
    const padded = table.columns.map(({ align }, at) =>
      cell(cells[at] ?? '', widths[at] ?? 0, align ?? 'left'),
    )
    return clipped(`${indent}${padded.join(gap)}`, table.width ?? screenWidth).trimEnd()
  })
}

/** `text` in at most `width` columns, `…` at its end where something is missing. */
export function clipped(text: string, width: number): string {
  if (stringWidth(text) <= width) return text
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) > width - 1) break
    kept += segment
  }
  return `${kept.trimEnd()}…`
}

/** `text` filled up with blanks to `width` columns. */
export function padded(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)))
  return align === 'right' ? blanks + text : text + blanks
}

function cell(text: string, width: number, align: 'left' | 'right'): string {
  return padded(clipped(text, width), width, align)
}

function fitted(columns: readonly Column[], lines: readonly (readonly string[])[], room: number): number[] {
  const widths = columns.map((_, at) => Math.max(0, ...lines.map((cells) => stringWidth(cells[at] ?? ''))))
  const total = () => widths.reduce((sum, width) => sum + width, 0) + gap.length * (columns.length - 1)
  const shrinking = columns.flatMap(({ shrinks }, at) => (shrinks ? [at] : []))
  for (const at of shrinking) {
    const excess = total() - room
    if (excess > 0) widths[at] = Math.max(leastShrunk, (widths[at] ?? 0) - excess)
  }
  return widths
}
