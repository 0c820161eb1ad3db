#!/usr/bin/env node
// Starts the program and sets the exit code; nothing else lives here.
import { main } from '../src/commands/main.ts'

main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode
})
