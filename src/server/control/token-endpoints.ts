import { NleError } from '../../errors.ts'
import type { JsonValue } from '../../protocol/bucket.ts'
import { TOKEN_SCOPES } from '../../store/store.ts'
import { createToken, revokeToken, shownToken } from './guards/tokens.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'
import { bodyFields } from './request-fields.ts'

/** Which programs may use the control API: `/api/tokens`. Each change counts with the next request. */
export function tokenEndpoints({ core, tokenUses }: ControlServices) {
  const { store, writer, clock, log } = core
  return {
    async listTokens() {
      const tokens = (await store.tokens()).map((token) => {
        const usedMs = tokenUses.lastMs(token.id)
        const used = usedMs === undefined ? null : new Date(usedMs).toISOString()
        return { ...shownToken(token), last_used_at: used }
      })
      return { tokens }
    },

    /** `POST {name, scope, expires_at?}`: the one answer that has the token itself. */
    async createToken(request) {
      const { name, scope, expires_at: expiresAt } = await bodyFields(request)
      if (typeof name !== 'string') throw new NleError('invalid', 'name is missing.')
      const known = TOKEN_SCOPES.find((each) => each === scope)
      if (known === undefined) {
        throw new NleError('invalid', `scope has to be one of ${TOKEN_SCOPES.join(', ')}.`)
      }
      const nowMs = clock.now().wallMs
      const expiresAtMs = expiryIn(expiresAt, nowMs)
      const made = await writer.write((each) =>
        createToken(each, { name, scope: known, expiresAtMs, nowMs }),
      )
      log.info('a token was made', { name, scope: known })
      return { success: true, token: made.token, ...shownToken(made.record) }
    },

    async revokeToken({ params }) {
      const { record, left } = await writer.write((each) => revokeToken(each, params.name ?? ''))
      log.info('a token was revoked', { name: record.name })
      return { success: true, ...shownToken(record), left }
    },
  } satisfies SomeHandlers
}

/** @throws NleError `invalid` for a time that is none or is over */
function expiryIn(given: JsonValue | undefined, nowMs: number): number | null {
  if (given === undefined || given === null) return null
  const isTime = typeof given === 'string' && /^\d{4}-\d\d-\d\dT/.test(given)
  const atMs = isTime ? Date.parse(given) : Number.NaN
  if (atMs > nowMs) return atMs
  throw new NleError(
    'invalid',
    'expires_at has to be a time in the future, such as 2030-01-31T12:00:00Z.',
  )
}
