// Owns what a person sees: titles, steps, tables and progress, on a terminal or in a file.
// Promises: at most 80 columns; colour only on a terminal and never with NO_COLOR; away from a terminal every line is
// final, so nothing is overwritten; nothing but text comes out (control characters in data are shown, not obeyed).

import { styleText } from 'node:util'
import { SingleBar } from 'cli-progress'
import stringWidth from 'string-width'
import { clipped, padded, screenWidth, type Table, tableLines } from './table.ts'

/** Where lines go; `process.stdout` is one. */
export type Output = NodeJS.WritableStream & { isTTY?: boolean }

export interface Screen {
  /** A heading with a blank line around it. */
  title(text: string): void
  /** A part of the whole; a blank line before it. */
  section(text: string): void
  /** Something is done: `✓ text   detail`. */
  done(text: string, detail?: string): void
  /** Something is wrong: `✗ text   detail`. */
  failed(text: string, detail?: string): void
  /** A quiet line below something. */
  note(text: string): void
  /** A longer text below something, broken between words. */
  paragraph(text: string): void
  line(text?: string): void
  table(table: Omit<Table, 'indent' | 'width'> & { quiet?: boolean }): void
  /** A bar that counts to `total`; plain lines at each quarter where there is no terminal. */
  progress(text: string, total: number): Progress
}

export interface Progress {
  at(count: number): void
  /** Takes the bar away; say afterwards what was done. */
  end(): void
}

/** Details of steps begin in this column, so that they stand below one another. */
const detailColumn = 44
const barWidth = 30

/** A screen that writes to `output`, in colour where it is a terminal that wants it. */
export function openScreen(output: Output, env: NodeJS.ProcessEnv): Screen {
  const coloured = output.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  const paint = (format: Parameters<typeof styleText>[0], text: string) =>
    coloured ? styleText(format, text, { validateStream: false }) : text
  const put = (text: string) => output.write(`${text}\n`)
  const step = (mark: string, colour: 'green' | 'red', text: string, detail = '') => {
    const left = `  ${mark} ${visible(text)}`
    const room = detail === '' ? screenWidth : detailColumn - 1
    const shown = padded(clipped(left, room), detail === '' ? 0 : detailColumn)
    // Two blanks and the mark, which is one code unit.
    put(
      `  ${paint(colour, mark)}${shown.slice(3)}${paint('dim', clipped(visible(detail), screenWidth - detailColumn))}`,
    )
  }
  return {
    title: (text) => put(`\n${paint('bold', `  ${visible(text)}`)}`),
    section: (text) => put(`\n  ${paint('bold', visible(text))}`),
    done: (text, detail) => step('✓', 'green', text, detail),
    failed: (text, detail) => step('✗', 'red', text, detail),
    note: (text) => put(paint('dim', clipped(`    ${visible(text)}`, screenWidth))),
    paragraph(text) {
      for (const line of broken(visible(text), screenWidth - 4)) put(paint('dim', `    ${line}`))
    },
    line: (text = '') => put(clipped(visible(text), screenWidth)),
    table({ quiet, ...table }) {
      const rows = table.rows.map((cells) => cells.map(visible))
      const lines = tableLines({ ...table, rows, indent: '    ' })
      const headed = table.columns.some(({ header }) => header)
      for (const [at, line] of lines.entries()) put(quiet || (headed && at === 0) ? paint('dim', line) : line)
    },
    progress: (text, total) =>
      output.isTTY === true ? bar(output, visible(text), total) : quarters(put, visible(text), total),
  }
}

function bar(stream: Output, text: string, total: number): Progress {
  const line = new SingleBar({
    stream,
    format: `    ${padded(clipped(text, 24), 24)} {bar} {value}/{total}`,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    barsize: barWidth,
    hideCursor: true,
    // A signal gives the cursor back; whoever listens for it ends the process.
    gracefulExit: true,
    clearOnComplete: true,
    stopOnComplete: false,
    // Twenty pictures a second look smooth; more only cost.
    fps: 20,
  })
  line.start(total, 0)
  return { at: (count) => line.update(count), end: () => line.stop() }
}

function quarters(put: (text: string) => void, text: string, total: number): Progress {
  let told = 0
  return {
    at(count) {
      const quarter = Math.floor((4 * count) / Math.max(1, total))
      if (quarter <= told) return
      told = quarter
      put(`    ${text}: ${count} of ${total}`)
    },
    end() {},
  }
}

/** Lines of at most `width` columns, broken between words; a longer word is cut. */
function broken(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)
    const joined = `${last} ${word}`
    if (last !== undefined && stringWidth(joined) <= width) lines[lines.length - 1] = joined
    else lines.push(clipped(word, width))
  }
  return lines
}

/** Control characters become visible: a customer's name must not move the cursor. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
