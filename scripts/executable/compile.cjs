// Shared by main.cjs and code-cache.cjs: V8 accepts a code cache only for exactly the same source text.
const { Script } = require('node:vm')

exports.compile = (filename, source, cachedData) =>
  new Script(`(function (require, module, exports) {${source}\n})`, { filename, cachedData })
