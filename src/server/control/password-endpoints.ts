import { NleError } from '../../errors.ts'
import { isObject } from '../../protocol/bucket.ts'
import { decidePin, decideRepin } from '../../protocol/pairing/decide-caller.ts'
import { isPinned } from '../../protocol/pairing/password-rules.ts'
import type { Request } from '../http/reply.ts'
import { unknownDevice } from '../thermostats/views.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'
import { serialIn } from './request-fields.ts'

/** The passwords that thermostats are known by. */
export function passwordEndpoints({ core }: ControlServices) {
  const { writer, store, settings } = core
  return {
    /** `POST /api/repin/{serial}`: forgets a password; the thermostat's next one is remembered. */
    async repin({ params }) {
      const serial = serialIn(params.serial)
      const wasKnown = await writer.decide(serial, decideRepin)
      if (wasKnown === undefined) throw unknownDevice(serial)
      return { success: true, serial, was_pinned: wasKnown }
    },

    /** `POST /api/pin/{serial} {pinned?}`: serves it with its known password only, or with any. */
    async pin(request) {
      const serial = serialIn(request.params.serial)
      const asked = await askedFor(request)
      const done = await writer.decide(serial, (input) => decidePin(input, asked))
      if (done === undefined) throw unknownDevice(serial)
      if (!done) {
        throw new NleError(
          'invalid',
          'No password of this thermostat is known yet: it is remembered once the thermostat is paired and calls.',
        )
      }
      const pinned = isPinned(await store.load(serial), settings.deviceAuth === 'pin')
      return { success: true, serial, pinned }
    },
  } satisfies SomeHandlers
}

/** @throws NleError `invalid` */
async function askedFor(request: Request): Promise<boolean> {
  const body = await request.jsonIfAny()
  const { pinned = true } = isObject(body) ? body : {}
  if (typeof pinned !== 'boolean') throw new NleError('invalid', 'pinned must be true or false.')
  return pinned
}
