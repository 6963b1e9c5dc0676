// Owns how the documents are read by their tests: fenced blocks, tables, links, and the headings that links lead to.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from './dockerfile.ts'

/** A fenced block of a document. */
export interface Block {
  language: string
  text: string
  /** Line of the document, from 1. */
  line: number
}

/** A document of the repository, by its path from the root. */
export function readDocument(path: string): string {
  return readFileSync(join(repository, path), 'utf8')
}

/** All fenced blocks, in order. */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let open: Block | null = null
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^```(\w*)$/.exec(line)
    if (open && fence) {
      blocks.push(open)
      open = null
    } else if (open) open.text += `${line}\n`
    else if (fence) open = { language: fence[1] ?? '', text: '', line: index + 2 }
  }
  return blocks
}

/** The rows of the table whose first header cell is this one, without the header. */
export function tableOf(text: string, firstHeader: string): string[][] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`| ${firstHeader} |`))
  if (start === -1) throw new Error(`no table begins with ${firstHeader}`)
  const rest = lines.slice(start + 2)
  const rows = rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith('|')),
  )
  return rows.map((row) => cellsOf(row))
}

function cellsOf(row: string): string[] {
  // A bar inside a cell is written with a backslash.
  return row
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('\\|', '|'))
}

/** `code` without its backquotes. */
export function plain(cell: string): string {
  return cell.replaceAll('`', '')
}

/** Where its links lead. */
export function linksOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
}

/** What stands between backquotes, in prose and tables. */
export function codeOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '')
}

/** The anchors of its headings, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function withoutBlocks(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gm, '')
}
