/**
 * Owns the help.
 * Promises: it fits the 80 columns of a usual terminal, shows first what to type, and says of every flag what it does.
 */
import { type Command, exitCodes, type Flag } from './command.ts'
import { commonFlags } from './read-arguments.ts'

const columnsMax = 80
/** Where the second column begins. */
const margin = 26

/** The help of the whole program, with the flags of its first command, which may be left out. */
export function programHelp(commands: readonly Command[]): string {
  const [start] = commands
  const examples = commands.flatMap((command) => command.examples.slice(0, command === start ? 3 : 1))
  return [
    'stripe-sandbox: a local, stateful Stripe for tests and development.',
    section('Examples', rows(examples)),
    section(
      'Commands',
      rows(commands.map(({ name, words, about }) => [`${name} ${words}`.trim(), about] as const)),
    ),
    section('Flags of start, which may be left out', rows((start?.flags ?? []).map(flagRow))),
    paragraph(
      'Every command has --help. All but start talk to a running sandbox, by default at http://127.0.0.1:12111.',
    ),
    section('Exit codes', rows(Object.entries(exitCodes))),
  ].join('\n\n')
}

/** The help of one command. */
export function commandHelp(command: Command): string {
  const { name, words, about, more = '', examples, flags } = command
  return [
    paragraph(`${about} ${more}`),
    section('Examples', rows(examples)),
    section('Usage', rows([[`stripe-sandbox ${[name, words].filter(Boolean).join(' ')} [flags]`, '']])),
    section('Flags', rows([...flags, ...commonFlags].map(flagRow))),
  ].join('\n\n')
}

function section(title: string, body: string): string {
  return `${title}\n${body}`
}

function flagRow({ name, value, about }: Flag): readonly [string, string] {
  return [`--${name}${value === undefined ? '' : ` ${value}`}`, about]
}

/** Two columns; a long first one has a line of its own. */
function rows(pairs: readonly (readonly [string, string])[]): string {
  return pairs
    .map(([first, second]) => {
      const lines = wrapped(second, columnsMax - margin)
      const head = `  ${first}`
      const fits = head.length <= margin - 2
      const start = fits ? [head.padEnd(margin) + (lines[0] ?? '')] : [head]
      return [...start, ...(fits ? lines.slice(1) : lines).map((line) => ' '.repeat(margin) + line)]
        .map((line) => line.trimEnd())
        .filter(Boolean)
        .join('\n')
    })
    .join('\n')
}

function paragraph(text: string): string {
  return wrapped(text, columnsMax).join('\n')
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ').filter(Boolean)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= columns)
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}
