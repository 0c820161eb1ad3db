import { remember } from '../../core/bounded-map.ts'
import { MAX_TOKENS } from './tokens.ts'

/** When each token was last used, since this process started: so that the owner sees which ones to revoke. */
export class TokenUses {
  readonly #lastMs = new Map<string, number>()

  note(id: string, wallMs: number): void {
    remember(this.#lastMs, id, wallMs, MAX_TOKENS)
  }

  /** Wall clock, ms; undefined when it was not used. */
  lastMs(id: string): number | undefined {
    return this.#lastMs.get(id)
  }
}
