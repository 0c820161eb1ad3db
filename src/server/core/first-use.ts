import { NleError } from '../../errors.ts'

/** A part of the server that is loaded when it is first needed, so that a start does not wait for it. */
export class FirstUse<T> {
  readonly #name: string
  readonly #load: () => Promise<T>
  #loading: Promise<T> | undefined
  #loaded: T | undefined
  #hasEnded = false

  /** @param name - for the error of a part that cannot be loaded */
  constructor(name: string, load: () => Promise<T>) {
    this.#name = name
    this.#load = load
  }

  /**
   * The part. All who ask while it is being loaded get the same one, in the order in which they asked.
   *
   * @throws NleError `internal` when it cannot be loaded, or what it throws itself, and the next one who asks tries again;
   * `overloaded` when the server ends, and it was not needed before
   */
  get(): Promise<T> {
    if (this.#hasEnded && this.#loading === undefined) return Promise.reject(ending())
    this.#loading ??= this.#loadOnce()
    return this.#loading
  }

  async #loadOnce(): Promise<T> {
    try {
      this.#loaded = await this.#load()
      return this.#loaded
    } catch (cause) {
      this.#loading = undefined
      // It was loaded, and failed for a reason that it tells itself, as of its database.
      if (cause instanceof NleError) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new NleError(
        'internal',
        `nle could not load its ${this.#name}: ${reason}. Its files have perhaps changed since it was started; restart it.`,
        { cause },
      )
    }
  }

  /** The part, once it is loaded. */
  get loaded(): T | undefined {
    return this.#loaded
  }

  /** Calls `stop` with the part if it was loaded. From now on it is not loaded any more. */
  end(stop: (part: T) => void): void {
    this.#hasEnded = true
    // Whoever needed it was told that it could not be loaded.
    this.#loading?.then(stop, () => {})
  }
}

function ending(): NleError {
  return new NleError('overloaded', 'The server is being stopped.')
}
