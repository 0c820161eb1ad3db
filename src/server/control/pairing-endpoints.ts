import { NleError } from '../../errors.ts'
import { isObject } from '../../protocol/bucket.ts'
import { toSerial } from '../../protocol/identity.ts'
import { normalizeCode } from '../../protocol/pairing/entry-key.ts'
import { hasUploaded } from '../../protocol/view/has-uploaded.ts'
import { nameOf } from '../../protocol/view/view-of.ts'
import type { Core } from '../core/core.ts'
import type { ShownCode } from '../pairing/pairing.ts'
import { unknownDevice } from '../thermostats/views.ts'
import { callerLimit } from './guards/caller-limit.ts'
import { CodeGuesses } from './guards/code-guesses.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'
import { cutPage, newestFirst, oldestFirst, pageIn, sortByKey } from './paging.ts'
import { bodyFields, checkedUserId, echo, namedUser, serialIn } from './request-fields.ts'

/** New users of callers without a token: pairing makes some, and so does each start of Home Assistant. */
const USER_RATE = {
  own: { atOnce: 30, perMinute: 30 },
  spare: { atOnce: 5, perMinute: 5 },
  shared: { atOnce: 100, perMinute: 60 },
}
/** Paired thermostats beyond which a stranger pairs no more: one that is made up stays on file for good. */
const MAX_PAIRED_BY_STRANGERS = 4_096
/** The longest e-mail address there can be. */
const MAX_EMAIL_LENGTH = 254

/** Pairing codes, owners and users. */
export function pairingEndpoints({ core, pairing }: ControlServices) {
  const { store, presence, clock } = core
  const guesses = new CodeGuesses(core)
  const admitUser = callerLimit(clock, USER_RATE, 'users')
  return {
    /**
     * `GET /api/pairing`: the thermostats that show a code or wait for one, oldest first; never the codes.
     * Paging is of those that show one.
     */
    async listWaiting({ query }) {
      const nowMs = clock.now().wallMs
      const page = pageIn(query)
      const keyOf = ({ state, sinceMs }: ShownCode): string => oldestFirst(sinceMs, state.serial)
      const sorted = sortByKey(await pairing.waiting(), keyOf)
      const cut = page === undefined ? undefined : cutPage(sorted, keyOf, page)
      const waiting = (cut?.entries ?? sorted).map(({ state, sinceMs, isAnew }) => ({
        serial: state.serial,
        name: nameOf(state, nowMs),
        since: new Date(sinceMs).toISOString(),
        has_uploaded: hasUploaded(state),
        paired_anew: isAnew,
      }))
      const heldBack = (await pairing.heldBack()).map(({ state, sinceMs, codeAtMs }) => ({
        serial: state.serial,
        name: nameOf(state, nowMs),
        since: new Date(sinceMs).toISOString(),
        code_at: new Date(codeAtMs).toISOString(),
      }))
      const list = { waiting, total: waiting.length, held_back: heldBack }
      return cut === undefined ? list : { ...list, next: cut.next }
    },

    /** `GET /api/pairing/{serial}`: the progress of one thermostat's pairing. */
    async getPairing({ params }) {
      const serial = serialIn(params.serial)
      const state = await store.load(serial)
      if (state.device === undefined) throw unknownDevice(echo(params.serial ?? ''))
      await presence.learn([serial])
      return {
        serial,
        name: nameOf(await store.shown(serial), clock.now().wallMs),
        owner: state.owner?.userId ?? null,
        confirmed: pairing.isConfirmed(state),
        is_available: presence.isAvailable(serial),
      }
    },

    /** `POST /api/register`: claims an entry key (`P8`), limited against guessing (`P12`). */
    async registerDevice(request) {
      const body = await request.json()
      const { code, userId } = isObject(body) ? body : {}
      if (isMissing(code) || isMissing(userId)) {
        throw new NleError('invalid', 'Missing required fields: code, userId')
      }
      const normal = typeof code === 'string' ? normalizeCode(code) : undefined
      if (normal === undefined) {
        throw new NleError(
          'invalid',
          'Invalid entry code format. Must be exactly 7 alphanumeric characters.',
        )
      }
      const owner = checkedUserId(userId)
      const { credential } = request
      if (credential === 'none') {
        guesses.admit(request)
        await guesses.admitTogether(request)
        await refuseFullHouse(core)
      }
      const result = await pairing.claim(normal, owner)
      if (result.success) {
        return {
          success: true,
          serial: result.serial,
          message: `Device ${result.serial} registered to ${owner}`,
          name: nameOf(await store.shown(result.serial), clock.now().wallMs),
          subscribers_notified: result.subscriptions,
        }
      }
      // Two people may type the same code at once: a claimed one is no guess.
      if (credential === 'none' && result.reason !== 'claimed') {
        guesses.wasWrong(request, result.reason)
        await guesses.countTogether(request)
      }
      return {
        success: false,
        message: 'Invalid, expired, or already claimed entry key',
        reason: result.reason,
      }
    },

    /** `GET /api/registered-devices?userId=`: the thermostats a user owns, newest first. */
    async listOwned({ query }) {
      const page = pageIn(query)
      const owned = (await store.ownedBy(namedUser(query))).map(({ serial, owner }) => ({
        serial,
        createdAt: owner?.createdAtMs ?? 0,
      }))
      if (page === undefined) return owned
      const keyOf = ({ serial, createdAt }: (typeof owned)[number]): string =>
        newestFirst(createdAt, serial)
      const { entries, next } = cutPage(owned, keyOf, page)
      return { devices: entries, next }
    },

    /** `DELETE /api/registered-devices/{serial}?userId=`: unpairs; the thermostat stays on file. */
    async releaseDevice({ params, query }) {
      const userId = namedUser(query)
      const asked = params.serial ?? ''
      const serial = toSerial(asked)
      const released = serial !== undefined && (await pairing.release(serial, userId))
      // 200 either way, as the existing server answers; clients look at `success`.
      return {
        success: released,
        message: `Device ${serial ?? echo(asked)} ${released ? 'deleted' : 'not found'}`,
      }
    },

    /** `POST /api/ensure-user {userId, email?}`: creates a user unless there is one. */
    async ensureUser(request) {
      const { userId, email } = await bodyFields(request)
      if (isMissing(userId)) throw new NleError('invalid', 'Missing required field: userId')
      const id = checkedUserId(userId)
      admitUser(request)
      const address = checkedEmail(email)
      const created = await core.writer.write((store) =>
        store.ensureUser(id, clock.now().wallMs, address),
      )
      return { success: true, created }
    },
  } satisfies SomeHandlers
}

/** @throws NleError `forbidden` */
async function refuseFullHouse({ store }: Pick<Core, 'store'>): Promise<void> {
  const paired = await store.countPaired()
  if (paired < MAX_PAIRED_BY_STRANGERS) return
  throw new NleError(
    'forbidden',
    `${paired} thermostats are paired. To pair more, use a token, which "nle token create" makes, or the machine of the server.`,
  )
}

function isMissing(field: unknown): boolean {
  return field === undefined || field === null || field === ''
}

function checkedEmail(email: unknown): string | undefined {
  if (isMissing(email)) return undefined
  if (typeof email === 'string' && email.length <= MAX_EMAIL_LENGTH) return email
  throw new NleError('invalid', `email must be a text of at most ${MAX_EMAIL_LENGTH} characters`)
}
