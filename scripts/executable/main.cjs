// The first thing the executable runs: the bundle, with the machine code V8 made of it at build time.
// Where V8 does not take that (another CPU, flags in NODE_OPTIONS) it compiles the bundle as usual.
const { Buffer } = require('node:buffer')
const { getAsset, getRawAsset } = require('node:sea')
const { compile } = require('./compile.cjs')

const cache = Buffer.from(getRawAsset('nle.cache'))
const script = compile(getAsset('nle.cjs', 'utf8'), cache.length > 0 ? cache : undefined)
script.runInThisContext()(require, module, module.exports)
