import { NleError } from '../../errors.ts'
import { toSerial } from '../../protocol/identity.ts'
import { type Handler, ok } from '../http/reply.ts'
import { bodyFields, checkedUserId, echo, namedUser } from './fields.ts'
import type { ControlServices } from './routes.ts'

/** The longest e-mail address there can be. */
const MAX_EMAIL_LENGTH = 254

/** `GET /api/registered-devices?userId=`: what a user owns, newest first. */
export function ownedDevicesHandler({ core }: ControlServices): Handler {
  return ({ query }) => {
    const owned = core.store.owners.ofUser(namedUser(query))
    return ok(owned.map(({ serial, createdAtMs }) => ({ serial, createdAt: createdAtMs })))
  }
}

/** `DELETE /api/registered-devices/{serial}?userId=`: unpairs; the thermostat stays on file. */
export function releaseHandler({ pairing }: ControlServices): Handler {
  return async ({ params, query }) => {
    const userId = namedUser(query)
    const asked = params.serial ?? ''
    const serial = toSerial(asked)
    const released = serial !== undefined && (await pairing.release(serial, userId))
    // Clients look at `success`; the status of the existing server is 200 either way.
    return ok({
      success: released,
      message: `Device ${serial ?? echo(asked)} ${released ? 'deleted' : 'not found'}`,
    })
  }
}

/** `POST /api/ensure-user {userId, email?}`. */
export function ensureUserHandler({ core }: ControlServices): Handler {
  return async (request) => {
    const { userId, email } = await bodyFields(request)
    if (userId === undefined || userId === null || userId === '') {
      throw new NleError('invalid', 'Missing required field: userId')
    }
    const id = checkedUserId(userId)
    const address = checkedEmail(email)
    const created = await core.writer.commit((tx) =>
      tx.store.owners.ensureUser(id, core.clock.now().wallMs, address),
    )
    return ok({ success: true, created })
  }
}

function checkedEmail(email: unknown): string | undefined {
  if (email === undefined || email === null || email === '') return undefined
  if (typeof email === 'string' && email.length <= MAX_EMAIL_LENGTH) return email
  throw new NleError('invalid', `email must be a text of at most ${MAX_EMAIL_LENGTH} characters`)
}
