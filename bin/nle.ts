#!/usr/bin/env node
// Starts the program and sets the exit code; nothing else lives here.
import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Stripping types and compiling take most of a start from source, so Node caches both for the next
// start. npm scripts name the same folder, to cache this file as well. The executable has its own cache.
if (import.meta.dirname !== undefined) {
  enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/nle'))
}

// Imported after that, because earlier imports are not cached.
import('../src/commands/main.ts')
  .then(({ main }) => main(process.argv.slice(2)))
  .then((exitCode) => {
    process.exitCode = exitCode
  })
