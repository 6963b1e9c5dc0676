#!/usr/bin/env node
/** Owns the program `stripe-sandbox`: its command line, its two outputs and its exit code. */
import { runProgram } from './command-line/program.ts'

process.exitCode = await runProgram(process.argv.slice(2), {
  print: (line) => console.log(line),
  complain: (line) => console.error(line),
})
