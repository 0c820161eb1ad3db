// Compresses the parts of the program (x.cjs and x.cache to x.cjs.zst and x.cache.zst), which makes the executable 6 MB
// smaller:
//   <node> scripts/executable/compress.cjs <folder>
// Not those that a plain server or a short command loads, because they would start later.
const { readdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { join, parse } = require('node:path')
const { constants, zstdCompressSync } = require('node:zlib')

const KEPT = ['main', 'nle', 'undici']
const params = { [constants.ZSTD_c_compressionLevel]: 19 }

const [folder] = process.argv.slice(2)
for (const file of readdirSync(folder)) {
  const { name, ext } = parse(file)
  if ((ext !== '.cjs' && ext !== '.cache') || KEPT.includes(name)) continue
  const path = join(folder, file)
  writeFileSync(`${path}.zst`, zstdCompressSync(readFileSync(path), { params }))
  rmSync(path)
}
