import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Clock } from '../../core/clock.ts'
import type { Logger } from '../../core/logger.ts'

/** A file of the page as it is sent. */
export interface PageFile {
  readonly type: string
  readonly bytes: Uint8Array
  readonly br: Uint8Array | undefined
  readonly gz: Uint8Array | undefined
}

/** The files of the page, by name. */
type Folder = (name: string) => Uint8Array | undefined

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/manifest+json; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
}

/** A page that could not be put together is tried again after this time, ms. */
const AGAIN_MS = 2_000

/**
 * The files of the page. In the executable they are embedded, and read from there as they are sent. From
 * source they are put together when somebody first asks for the page, once, and kept.
 */
export class PageFiles {
  readonly #clock: Clock
  readonly #log: Logger
  readonly #open: () => Promise<Folder>
  #folder: Promise<Folder> | undefined

  /** @param open - for tests */
  constructor({ clock, log }: { clock: Clock; log: Logger }, open = openFolder) {
    this.#clock = clock
    this.#log = log
    this.#open = open
  }

  /** @throws NleError `internal` when the page cannot be put together */
  async page(): Promise<PageFile & { readonly version: string }> {
    const file = (await this.file('index.html')) ?? missing()
    const version = createHash('sha256').update(file.bytes).digest('hex').slice(0, 16)
    return { ...file, version }
  }

  /**
   * @returns undefined when there is no file of this name
   * @throws NleError as `page`
   */
  async file(name: string): Promise<PageFile | undefined> {
    const folder = await this.#opened()
    const type = TYPES[name.split('.').at(-1) ?? '']
    const bytes = type === undefined ? undefined : folder(name)
    if (type === undefined || bytes === undefined) return undefined
    return { type, bytes, br: folder(`${name}.br`), gz: folder(`${name}.gz`) }
  }

  #opened(): Promise<Folder> {
    this.#folder ??= this.#open().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error)
      this.#log.error('no web page', { reason })
      this.#clock.setTimer(AGAIN_MS, () => {
        this.#folder = undefined
      })
      throw error
    })
    return this.#folder
  }
}

function missing(): never {
  throw new Error('the executable has no web page')
}

async function openFolder(): Promise<Folder> {
  const sea = process.getBuiltinModule('node:sea')
  if (sea.isSea()) {
    const names = new Set(sea.getAssetKeys())
    return (name) =>
      names.has(`web/${name}`) ? new Uint8Array(sea.getRawAsset(`web/${name}`)) : undefined
  }
  const { bundlePage } = await import('./bundle.ts')
  const files = await bundlePage(join(import.meta.dirname, '../../../web'))
  return (name) => files.get(name)
}
