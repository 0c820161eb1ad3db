// The entry point of the executable, which contains the program in parts (scripts/bundle.mjs): nle, and
// large packages that few commands need. A part is loaded when it is first required, with V8's code cache
// from build time. Where V8 rejects the cache (flags in NODE_OPTIONS), it compiles the part as usual. Parts that a
// plain server does not need are compressed (compress.cjs).
const { Buffer } = require('node:buffer')
const { Script } = require('node:vm')
const { getAssetKeys, getRawAsset } = process.getBuiltinModule('node:sea')

const assets = new Set(getAssetKeys())
const loaded = new Map()

function read(name) {
  const compressed = `${name}.zst`
  return assets.has(compressed)
    ? require('node:zlib').zstdDecompressSync(Buffer.from(getRawAsset(compressed)))
    : Buffer.from(getRawAsset(name))
}

function requirePart(name) {
  const filename = `${name}.cjs`
  if (!assets.has(filename) && !assets.has(`${filename}.zst`)) return require(name)
  const known = loaded.get(name)
  if (known !== undefined) return known.exports
  const part = { exports: {} }
  loaded.set(name, part)
  const cache = read(`${name}.cache`)
  const cachedData = cache.length > 0 ? cache : undefined
  // Parts are ASCII, which V8 keeps with one byte a character.
  const script = new Script(read(filename).toString('latin1'), { filename, cachedData })
  script.runInThisContext()(requirePart, part, part.exports)
  return part.exports
}

requirePart('nle')
