// Owns the script by which a shell completes the words of a command line. Pure.
// Promises: it is made of the commands themselves, so it knows each of them and every flag; it runs nothing while somebody types.

import type { Command } from 'commander'

/** zsh takes bash's form once it is told to. */
export type Shell = 'bash' | 'zsh'

/** The script for the program `name`. */
export function completionScript(program: Command, name: string, shell: Shell): string {
  const cases = wordsOf(program, [])
    // What is deeper is matched first: `keys create` before `keys`.
    .toSorted((a, b) => b.path.length - a.path.length)
    .map(
      ({ path, words }) =>
        `    ${path.length === 0 ? '*' : `"${path.join(' ')}"*`}) words="${words.join(' ')}" ;;`,
    )
  const lines = [
    `_${name}() {`,
    '  local path="" word words',
    '  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
    '    case "$word" in -*) ;; *) path="$path${path:+ }$word" ;; esac',
    '  done',
    '  case "$path" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))',
    '}',
    `complete -o default -F _${name} ${name}`,
  ]
  const head = shell === 'zsh' ? ['autoload -U +X bashcompinit && bashcompinit'] : []
  return `${[...head, ...lines].join('\n')}\n`
}

/** What may follow each command: its own commands and flags. */
function wordsOf(command: Command, path: string[]): { path: string[]; words: string[] }[] {
  const children = command.commands.map((child) => child.name())
  const flags = command.options.flatMap(({ long }) => long ?? [])
  const own = { path, words: [...children, ...flags, '--help'] }
  return [own, ...command.commands.flatMap((child) => wordsOf(child, [...path, child.name()]))]
}
