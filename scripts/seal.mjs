// Puts the bundle and the SQLite addon into a Node binary with @yao-pkg/pkg's `--sea`.
//   node scripts/seal.mjs <x64|arm64> <node version> <folder with nle.cjs and better_sqlite3.node> <out file>
//
// It calls the function behind `pkg --sea <file>` because pkg's command line has no way to hand on
// assets or a code cache in that mode; with a folder instead of a file it would add a virtual file
// system that nle has no use for and that doubles the start time (docs/packaging.md).
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

const [arch, nodeVersion, folder, output] = process.argv.slice(2)
if (output === undefined) {
  process.stderr.write(
    'Usage: node scripts/seal.mjs <x64|arm64> <node version> <folder> <out file>\n',
  )
  process.exit(2)
}
const { default: sea } = createRequire(import.meta.url)('@yao-pkg/pkg/lib-es5/sea.js')

// V8 takes a code cache only from the same kind of machine.
const useCodeCache = process.arch === arch

// pkg works in a fresh folder under TMPDIR. Naming the bundle relative to that folder keeps the
// path of this checkout out of the executable, so that every checkout gives the same bytes.
process.env.TMPDIR = resolve(folder)

await sea(join(folder, 'nle.cjs'), {
  targets: [{ nodeRange: `node${nodeVersion}`, platform: 'linux', arch, output: resolve(output) }],
  signature: false,
  seaConfig: {
    main: '../nle.cjs',
    useCodeCache,
    assets: { 'better_sqlite3.node': '../better_sqlite3.node' },
  },
})
