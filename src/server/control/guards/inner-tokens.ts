import type { Token, TokenScope } from '../../../store/store.ts'
import { findToken, newToken } from './tokens.ts'

/** The tokens of nle's own processes: in memory only, one for each name. */
export class InnerTokens {
  readonly #byName = new Map<string, Token>()

  /** A new token, in the place of the one before. */
  issue(name: string, scope: TokenScope, nowMs: number): string {
    const { token, record } = newToken({ name, scope, expiresAtMs: null, nowMs })
    this.#byName.set(name, record)
    return token
  }

  find(presented: string): Token | undefined {
    return findToken([...this.#byName.values()], presented)
  }
}
