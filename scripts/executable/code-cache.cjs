// Compiles the parts of the program ahead of time (x.cjs to x.cache), with the Node binary of the
// executable:
//   <node> --random-seed=1 scripts/executable/code-cache.cjs <part>…      the seed makes it reproducible
//   <node> scripts/executable/code-cache.cjs --check <part>…              exits with 1 if V8 rejects one
const { readFileSync, writeFileSync } = require('node:fs')
const { basename } = require('node:path')
const { setFlagsFromString } = require('node:v8')
const { compile } = require('./compile.cjs')

const check = process.argv[2] === '--check'
for (const part of process.argv.slice(check ? 3 : 2)) {
  const name = basename(part)
  const source = readFileSync(part, 'utf8')
  const cache = part.replace(/\.cjs$/, '.cache')
  if (check) {
    if (compile(name, source, readFileSync(cache)).cachedDataRejected) process.exitCode = 1
  } else {
    // Compiles every function, not only those that V8 expects to be called first. The flag is reset
    // because V8 accepts a cache only under the flags it was made with.
    setFlagsFromString('--no-lazy')
    const script = compile(name, source)
    setFlagsFromString('--lazy')
    writeFileSync(cache, script.createCachedData())
  }
}
