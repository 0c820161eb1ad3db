import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { BuildFailure, Metafile } from 'esbuild'
import { NleError } from '../../../errors.ts'

/** What esbuild puts together, by the name that index.html has for it. */
const ENTRIES: Readonly<Record<string, string>> = {
  'main.js': 'main.tsx',
  'style.css': 'style.css',
}
/** Those of 2022 and later. */
const BROWSERS = ['chrome100', 'firefox100', 'safari15.4']
/** Other kinds are compressed already. */
const COMPRESSIBLE = /\.(html|js|css|json|svg)$/

/**
 * Puts the page together: scripts and styles by esbuild, every file but `index.html` under a name with its
 * hash, and each file that gets smaller by it as `.br` and `.gz`, too.
 *
 * @param folder - the sources
 * @returns the files by name
 * @throws NleError `internal` that says what to mend
 */
export async function bundlePage(folder: string): Promise<Map<string, Uint8Array>> {
  const { files, metafile } = await runEsbuild(folder)
  /** The name with the hash, by the name that index.html and manifest.json have. */
  const names = new Map<string, string>()
  for (const [path, { entryPoint }] of Object.entries(metafile.outputs)) {
    const name = Object.keys(ENTRIES).find((each) => ENTRIES[each] === entryPoint)
    if (name !== undefined) names.set(name, basename(path))
  }
  const add = (name: string, bytes: Uint8Array): void => {
    const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 8)
    const hashed = name.replace('.', `-${hash}.`)
    names.set(name, hashed)
    files.set(hashed, bytes)
  }
  const text = (name: string): Promise<string> => readFile(join(folder, name), 'utf8')
  for (const icon of await readdir(join(folder, 'icons'))) {
    add(icon, await readFile(join(folder, 'icons', icon)))
  }
  add('manifest.json', Buffer.from(withHashes(await text('manifest.json'), names)))
  const page = withPreloads(withHashes(await text('index.html'), names), metafile)
  files.set('index.html', Buffer.from(page))
  await Promise.all([...files].map(([name, bytes]) => compress(files, name, bytes)))
  return files
}

/** esbuild works in a process of its own, which is stopped again. */
async function runEsbuild(folder: string) {
  const esbuild = await import('esbuild').catch((cause: unknown) => {
    throw new NleError(
      'internal',
      'The web page cannot be put together, because esbuild is not installed. Run "npm ci" in the folder of nle, then load the page again.',
      { cause },
    )
  })
  try {
    const { outputFiles, metafile } = await esbuild.build({
      absWorkingDir: folder,
      entryPoints: Object.values(ENTRIES),
      outdir: 'web',
      entryNames: '[name]-[hash]',
      chunkNames: '[name]-[hash]',
      bundle: true,
      // What is imported by import() becomes a file of its own, which is loaded when it is needed.
      splitting: true,
      format: 'esm',
      target: BROWSERS,
      minify: true,
      legalComments: 'none',
      metafile: true,
      write: false,
      logLevel: 'silent',
    })
    const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]))
    return { files, metafile }
  } catch (error) {
    const { errors: [first] = [] } = error as Partial<BuildFailure>
    const where = first?.location ? ` (src/web/${first.location.file}:${first.location.line})` : ''
    throw new NleError(
      'internal',
      `The web page cannot be put together: ${first?.text ?? String(error)}${where}. Mend that, then load the page again.`,
      { cause: error },
    )
  } finally {
    await esbuild.stop()
  }
}

/** The text with the hashed name for each name of a file in quotation marks, behind a folder or not. */
function withHashes(text: string, names: ReadonlyMap<string, string>): string {
  return text.replace(
    /"(web\/)?([\w-]+\.\w+)"/g,
    (whole, folder = '', name = '') => `"${folder}${names.get(name) ?? fail(whole)}"`,
  )
}

function fail(name: string): never {
  throw new NleError('internal', `There is no ${name} among the sources of the web page.`)
}

/** Lets browsers load at once what the script imports, instead of when they have read it. */
function withPreloads(page: string, { outputs }: Metafile): string {
  const main = Object.values(outputs).find(({ entryPoint }) => entryPoint === ENTRIES['main.js'])
  const links = (main?.imports ?? [])
    .filter(({ kind }) => kind === 'import-statement')
    .map(({ path }) => `<link rel="modulepreload" href="web/${basename(path)}">\n`)
  return page.replace('</head>', `${links.join('')}</head>`)
}

/** Adds what is smaller than the file. */
async function compress(
  files: Map<string, Uint8Array>,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  if (!COMPRESSIBLE.test(name)) return
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(bytes, { params }),
    promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
  ])
  if (br.length < bytes.length) files.set(`${name}.br`, br)
  if (gz.length < bytes.length) files.set(`${name}.gz`, gz)
}
