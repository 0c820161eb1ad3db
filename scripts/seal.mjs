// Packs the program and the SQLite addon into a Node binary with @yao-pkg/pkg's `--sea`.
//   node scripts/seal.mjs <x64|arm64> <node version> <folder> <out file>
//
// It calls the function behind `pkg --sea <file>` because pkg's command line cannot pass assets in that
// mode. Given a folder, pkg would add a virtual file system, which nle does not need and which takes a
// third of the start time (docs/packaging.md).
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

// The program loads assets by these names.
const assets = [
  ...readdirSync(folder).filter(
    (name) => /\.(cjs|cache|zst|node)$/.test(name) && name !== 'main.cjs',
  ),
  ...readdirSync(join(folder, 'web')).map((name) => `web/${name}`),
].sort()

// pkg works in a new folder under TMPDIR. Paths relative to that folder keep the path of this checkout
// out of the executable, so that every checkout gives the same bytes.
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
