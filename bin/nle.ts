#!/usr/bin/env node
// Starts the program and sets the exit code; nothing else lives here.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Most of a start from source is stripping types and compiling: kept for the next time, where the
// folder can be written. npm scripts name the folder earlier still, so that this file is kept as well.
// The executable has a cache of its own, and no folder.
if (import.meta.dirname !== undefined) {
  enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/nle'))
}

// Loaded only now, because what is loaded before is not kept.
import('../src/commands/main.ts')
  .then(({ main }) => main(process.argv.slice(2)))
  .then((exitCode) => {
    process.exitCode = exitCode
  })
