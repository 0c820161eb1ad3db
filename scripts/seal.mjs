// Puts the program and the SQLite addon into a Node binary with @yao-pkg/pkg's `--sea`.
//   node scripts/seal.mjs <x64|arm64> <node version> <folder> <out file>
//
// It calls the function behind `pkg --sea <file>` because pkg's command line has no way to hand on
// assets in that mode; given a folder instead of a file, it would add a virtual file system that nle
// has no use for and that costs a third of the start time (docs/packaging.md).
import { readdirSync, readFileSync } from 'node:fs'
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

// By the names the program asks for.
const assets = readdirSync(folder)
  .filter((name) => /\.(cjs|cache|node)$/.test(name) && name !== 'main.cjs')
  .sort()

// pkg works in a fresh folder under TMPDIR. Naming the files relative to that folder keeps the path of
// this checkout out of the executable, so that every checkout gives the same bytes.
process.env.TMPDIR = resolve(folder)

await sea(join(folder, 'main.cjs'), {
  targets: [{ nodeRange: `node${nodeVersion}`, platform: 'linux', arch, output: resolve(output) }],
  signature: false,
  seaConfig: {
    main: '../main.cjs',
    assets: Object.fromEntries(assets.map((name) => [name, `../${name}`])),
    execArgv: readFileSync(join(import.meta.dirname, 'executable', 'node-flags'), 'utf8')
      .trim()
      .split(/\s+/),
  },
})
