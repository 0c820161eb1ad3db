import type { IncomingMessage } from 'node:http'
import { NleError } from '../../errors.ts'
import { refuseForeignPage } from './guards/own-page.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'
import { bodyFields } from './request-fields.ts'

/** A browser's session: `/api/session`. */
export function sessionEndpoints({ tokens, sessions }: ControlServices) {
  return {
    /** `GET`: what the caller may do now. */
    async getSession(request, response) {
      const rights = await tokens.rightsOf(request)
      if (rights.by === 'session') {
        const cookie = await sessions.prolong(request.raw)
        if (cookie !== undefined) response.setHeader('Set-Cookie', cookie)
      }
      return rights
    },

    /** `POST`: begins a session in exchange for a token. */
    async openSession(request, response) {
      refusePageOfOtherOrigin(request.raw)
      const { token: presented } = await bodyFields(request)
      if (typeof presented !== 'string' || presented.trim() === '') {
        throw new NleError('invalid', 'token has to be a token, as "nle token create" prints it.')
      }
      const token = await tokens.known(presented.trim(), request)
      await sessions.end(request.raw)
      response.setHeader('Set-Cookie', await sessions.open(request.raw, token))
      return { success: true, scope: token.scope }
    },

    /** `DELETE`: ends the session; without one it does nothing. */
    async endSession({ raw }, response) {
      if ((await sessions.find(raw)) !== undefined) refuseForeignPage(raw)
      response.setHeader('Set-Cookie', await sessions.end(raw))
      return { success: true }
    },
  } satisfies SomeHandlers
}

/** Programs other than browsers name no origin; the cookie does them no good and no harm. */
function refusePageOfOtherOrigin(raw: IncomingMessage): void {
  if (raw.headers.origin !== undefined) refuseForeignPage(raw)
}
