// The entry point of the executable, which contains the program in parts (scripts/bundle.mjs): nle, and
// large packages that few commands need. A part is loaded when it is first required, with V8's code cache
// from build time. Where V8 rejects the cache (flags in NODE_OPTIONS), it compiles the part as usual.
const { Buffer } = require('node:buffer')
const { getAsset, getAssetKeys, getRawAsset } = require('node:sea')
const { compile } = require('./compile.cjs')

const parts = new Set(getAssetKeys().filter((name) => name.endsWith('.cjs')))
const loaded = new Map()

function requirePart(name) {
  const file = `${name}.cjs`
  if (!parts.has(file)) return require(name)
  const known = loaded.get(name)
  if (known !== undefined) return known.exports
  const part = { exports: {} }
  loaded.set(name, part)
  const cache = Buffer.from(getRawAsset(`${name}.cache`))
  const script = compile(file, getAsset(file, 'utf8'), cache.length > 0 ? cache : undefined)
  script.runInThisContext()(requirePart, part, part.exports)
  return part.exports
}

requirePart('nle')
