// Compiles the parts of the program ahead of time (x.cjs to x.cache), with the Node binary that the
// executable will carry:
//   <node> --random-seed=1 scripts/executable/code-cache.cjs <part>…      the seed: always the same bytes
//   <node> scripts/executable/code-cache.cjs --check <part>…              exit 1 where V8 refuses one
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
    // Every function, not only those V8 would expect to be called first. The flag is put back
    // because V8 takes a cache only under the flags it was made with.
    setFlagsFromString('--no-lazy')
    const script = compile(name, source)
    setFlagsFromString('--lazy')
    writeFileSync(cache, script.createCachedData())
  }
}
