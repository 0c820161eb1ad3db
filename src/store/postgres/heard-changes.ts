import type { States } from './states.ts'

/** Thermostats whose versions are compared in one query. */
const COMPARED_AT_ONCE = 5_000

interface ChangeListener {
  readonly changed: (serials: readonly string[]) => void
  readonly held: () => Iterable<string>
}

/** Tells a listener what other processes wrote, also what was said while this one could not hear it. */
export class HeardChanges {
  readonly #states: Pick<States, 'known' | 'forget'>
  readonly #versions: (serials: readonly string[]) => Promise<ReadonlyMap<string, number>>
  #listener: ChangeListener | undefined

  /** @param versions - those on file, by serial */
  constructor(
    states: Pick<States, 'known' | 'forget'>,
    versions: (serials: readonly string[]) => Promise<ReadonlyMap<string, number>>,
  ) {
    this.#states = states
    this.#versions = versions
  }

  /** One listener at a time; returns the function that stops listening. */
  listen(listener: ChangeListener): () => void {
    this.#listener = listener
    return () => {
      if (this.#listener === listener) this.#listener = undefined
    }
  }

  /** Another process wrote these: serial → version, 0 for one that was removed. */
  heard(versions: ReadonlyMap<string, number>): void {
    for (const [serial, version] of versions) {
      const known = this.#states.known(serial)
      if (known !== undefined && known.version !== version) this.#states.forget(serial)
    }
    this.#listener?.changed([...versions.keys()])
  }

  /**
   * From now on everything is heard.
   *
   * @param untilMs - until when it was before, on the engine's clock; undefined for the first connection
   */
  connected(untilMs: number | undefined): void {
    if (untilMs !== undefined) void this.#catchUp(untilMs)
  }

  stop(): void {
    this.#listener = undefined
  }

  /**
   * Tells of what was written while nothing was heard. A version that this process has come to know since then may be
   * one that it was not told of, and one that it does not remember as well: to look at a thermostat once more does no
   * harm.
   */
  async #catchUp(untilMs: number): Promise<void> {
    const listener = this.#listener
    if (listener === undefined) return
    const serials = [...listener.held()]
    for (let at = 0; at < serials.length; at += COMPARED_AT_ONCE) {
      const some = serials.slice(at, at + COMPARED_AT_ONCE)
      // All of them count as changed when the database does not answer.
      const onFile = await this.#versions(some).catch(() => new Map<string, number>())
      const changed = some.filter((serial) => {
        const known = this.#states.known(serial)
        const wasHeard = known !== undefined && known.sinceMs <= untilMs
        return !wasHeard || onFile.get(serial) !== known.version
      })
      if (changed.length > 0) listener.changed(changed)
    }
  }
}
