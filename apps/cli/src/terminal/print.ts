// Owns where a command prints: for people on a screen, for programs as one object on standard output.

import { openScreen, type Screen } from './screen.ts'

/** Where people read: standard output, which `--json` keeps for its object. */
export function screenFor(json: boolean): Screen {
  return openScreen(json ? process.stderr : process.stdout, process.env)
}

/** The one object of `--json`, on a line. */
export function printObject(object: object): void {
  process.stdout.write(`${JSON.stringify(object)}\n`)
}
