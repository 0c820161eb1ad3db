import { fromJson, MemoryStorageDriver, type SupportedStorageTypes, toJson } from '@matter/main'
import type { KeptChanges } from '../protocol/matter/messages.ts'

/** Writes texts down where they survive this process; resolves once they are on disk. */
export type Keep = (changes: KeptChanges) => Promise<void>

/** The state of these clusters is nle's to tell; only their endpoint's number has to survive. */
const TOLD_BY_NLE =
  /\.(thermostat|bridgedDeviceBasicInformation|fanControl|relativeHumidityMeasurement|onOff)$/

/** Between the contexts of a value and its key; neither contains it. */
const SEPARATOR = '\n'

/**
 * What the Matter bridge has to remember (fabrics, sessions, numbers of endpoints): in memory, and written
 * down by nle, which has the database.
 */
export class KeptStorage extends MemoryStorageDriver {
  static override readonly id: string = 'nle'
  readonly #keep: Keep

  constructor(kept: Readonly<Record<string, string>>, keep: Keep) {
    const store: Record<string, Record<string, SupportedStorageTypes>> = {}
    for (const [name, text] of Object.entries(kept)) {
      const at = name.indexOf(SEPARATOR)
      const context = name.slice(0, at)
      store[context] = { ...store[context], [name.slice(at + 1)]: fromJson(text) }
    }
    super(store)
    this.#keep = keep
    this.initialize()
  }

  override async set(
    contexts: string[],
    keyOrValues: string | Record<string, SupportedStorageTypes>,
    value?: SupportedStorageTypes,
  ): Promise<void> {
    const values = typeof keyOrValues === 'string' ? { [keyOrValues]: value } : keyOrValues
    super.set(contexts, values)
    const changes = Object.entries(values).map(([key, each]) => [
      nameOf(contexts, key),
      toJson(each),
    ])
    await this.#write(contexts, changes)
  }

  override async delete(contexts: string[], key: string): Promise<void> {
    super.delete(contexts, key)
    await this.#write(contexts, [[nameOf(contexts, key), null]])
  }

  override async clearAll(contexts: string[]): Promise<void> {
    const context = contexts.join('.')
    const gone = Object.entries(this.store).filter(
      ([each]) => context === '' || each === context || each.startsWith(`${context}.`),
    )
    super.clearAll(contexts)
    const names = gone.flatMap(([each, values]) =>
      Object.keys(values).map((key) => [each + SEPARATOR + key, null]),
    )
    await this.#write([], names)
  }

  async #write(contexts: string[], changes: (string | null)[][]): Promise<void> {
    if (changes.length === 0 || TOLD_BY_NLE.test(contexts.join('.'))) return
    await this.#keep(Object.fromEntries(changes))
  }
}

function nameOf(contexts: readonly string[], key: string): string {
  return contexts.join('.') + SEPARATOR + key
}
