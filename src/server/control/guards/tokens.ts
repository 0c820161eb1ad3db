import { NleError } from '../../../errors.ts'
import { UNPRINTABLE } from '../../../protocol/input.ts'
import type { Store, Token, TokenScope } from '../../../store/store.ts'
import { nodeCrypto } from '../../core/node-modules.ts'

/** More than the programs of a household; each request is compared with every token. */
export const MAX_TOKENS = 100
const MAX_NAME_LENGTH = 64
/** Every token starts with this, so that people and secret scanners recognize it. */
const PREFIX = 'nle_'
/** 256 bits: too many to guess, so neither a guess limit nor a slow hash is needed. */
const SECRET_BYTES = 32

/** Each scope includes those before it. */
const SCOPES: readonly TokenScope[] = ['read', 'control', 'admin']

/**
 * Makes a token and stores its hash.
 *
 * @returns the token, which cannot be shown again
 * @throws NleError `invalid` for a name that cannot be or is taken, or when there are too many
 */
export async function createToken(
  store: Store,
  {
    name,
    scope,
    expiresAtMs,
    nowMs,
  }: Pick<Token, 'name' | 'scope' | 'expiresAtMs'> & { readonly nowMs: number },
): Promise<{ token: string; record: Token }> {
  checkName(name)
  const known = await store.tokens()
  if (known.some((each) => each.name === name)) {
    throw new NleError('invalid', 'There is a token of that name. Revoke it, or choose another.')
  }
  if (known.length >= MAX_TOKENS) {
    throw new NleError('invalid', `There are ${MAX_TOKENS} tokens already. Revoke some first.`)
  }
  const made = newToken({ name, scope, expiresAtMs, nowMs })
  await store.insertToken(made.record)
  return made
}

/** A token and its record, on no file. */
export function newToken({
  name,
  scope,
  expiresAtMs,
  nowMs,
}: Pick<Token, 'name' | 'scope' | 'expiresAtMs'> & { readonly nowMs: number }): {
  token: string
  record: Token
} {
  const { randomBytes } = nodeCrypto()
  const token = PREFIX + randomBytes(SECRET_BYTES).toString('base64url')
  const record: Token = {
    id: randomBytes(4).toString('hex'),
    name,
    scope,
    hash: digest(token).toString('hex'),
    createdAtMs: Math.floor(nowMs),
    expiresAtMs: expiresAtMs === null ? null : Math.floor(expiresAtMs),
  }
  return { token, record }
}

function checkName(name: string): void {
  const isPrintable = name.replace(UNPRINTABLE, '') === name
  if (isPrintable && name.trim() === name && name !== '' && name.length <= MAX_NAME_LENGTH) return
  throw new NleError(
    'invalid',
    `The name of a token has to be a text of 1 to ${MAX_NAME_LENGTH} characters, without blanks around it.`,
  )
}

/**
 * Ends a token.
 *
 * @param asked - its name or its id
 * @returns the token, and how many are left
 * @throws NleError `not_found`
 */
export async function revokeToken(
  store: Store,
  asked: string,
): Promise<{ record: Token; left: number }> {
  const tokens = await store.tokens()
  const record = tokens.find(({ id, name }) => id === asked || name === asked)
  if (record === undefined) {
    const shown = asked.slice(0, MAX_NAME_LENGTH).replace(UNPRINTABLE, '?')
    throw new NleError('not_found', `There is no token "${shown}". "nle token list" shows them.`)
  }
  await store.deleteToken(record.id)
  return { record, left: tokens.length - 1 }
}

/** A token as it is shown: without its hash. */
export function shownToken({ id, name, scope, createdAtMs, expiresAtMs }: Token) {
  return {
    id,
    name,
    scope,
    created_at: new Date(createdAtMs).toISOString(),
    expires_at: expiresAtMs === null ? null : new Date(expiresAtMs).toISOString(),
  }
}

/**
 * The stored token that was presented. Whole digests of all tokens are compared, so that the time it
 * takes reveals nothing.
 */
export function findToken(tokens: readonly Token[], presented: string): Token | undefined {
  const { timingSafeEqual } = nodeCrypto()
  const asked = digest(presented)
  let found: Token | undefined
  for (const token of tokens) {
    if (timingSafeEqual(asked, Buffer.from(token.hash, 'hex'))) found = token
  }
  return found
}

export function isExpired({ expiresAtMs }: Token, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs
}

export function allows({ scope }: Token, needed: TokenScope): boolean {
  return SCOPES.indexOf(scope) >= SCOPES.indexOf(needed)
}

export function digest(token: string): Buffer {
  return nodeCrypto().createHash('sha256').update(token).digest()
}
