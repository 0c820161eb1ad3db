// Compiles the bundle ahead of time, with the Node binary the executable will carry:
//   <node> --random-seed=1 scripts/executable/code-cache.cjs <bundle> <cache>       the seed: same bytes
//   <node> scripts/executable/code-cache.cjs --check <bundle> <cache>               exit 1 if V8 refuses
const { readFileSync, writeFileSync } = require('node:fs')
const { setFlagsFromString } = require('node:v8')
const { compile } = require('./compile.cjs')

const check = process.argv[2] === '--check'
const [bundle, cache] = process.argv.slice(check ? 3 : 2)
const source = readFileSync(bundle, 'utf8')
if (check) {
  process.exitCode = compile(source, readFileSync(cache)).cachedDataRejected ? 1 : 0
} else {
  // Every function, not only those V8 would expect to be called first. The flags are put back
  // because V8 takes a cache only under the flags it was made with.
  setFlagsFromString('--no-lazy')
  const script = compile(source)
  setFlagsFromString('--lazy')
  writeFileSync(cache, script.createCachedData())
}
