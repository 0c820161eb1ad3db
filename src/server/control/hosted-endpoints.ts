import { createHash } from 'node:crypto'
import type { Schedule } from '../../api/shapes.ts'
import { type HostedAction, hostedCommands } from '../../protocol/hosted/hosted-commands.ts'
import { hostedState } from '../../protocol/hosted/hosted-state.ts'
import { toSerial } from '../../protocol/identity.ts'
import { nameOf, viewOf } from '../../protocol/view/view-of.ts'
import { nextTurn } from '../core/turns.ts'
import type { Request } from '../http/reply.ts'
import { unknownDevice } from '../thermostats/views.ts'
import { callerLimit } from './guards/caller-limit.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'
import { bodyFields, echo } from './request-fields.ts'

/** Thermostats that the list looks at before the event loop serves others. */
const PER_TURN = 16

/** The API v1 of the hosted service, for the apps that are made for it. */
export function hostedEndpoints({ core, commands, pairing, commandRate }: ControlServices) {
  const { store, clock } = core
  const admit = callerLimit(clock, commandRate, 'commands')

  /** A thermostat that a request names; only paired ones are known there. */
  async function paired({ params }: Request) {
    const serial = toSerial(params.id ?? '')
    const state = serial === undefined ? undefined : await store.load(serial)
    if (state?.device === undefined || state.owner === undefined) {
      throw unknownDevice(echo(params.id ?? ''))
    }
    return { state, owner: state.owner }
  }

  const deviceOf = (state: Parameters<typeof nameOf>[0]) => ({
    id: state.serial,
    serial: state.serial,
    name: nameOf(state, clock.now().wallMs),
  })

  /** Carries out what one request asks for, all of it or nothing. */
  function setting(action: HostedAction) {
    return async (request: Request) => {
      admit(request)
      const body = await bodyFields(request)
      const { state } = await paired(request)
      const { serial } = state
      const requests = hostedCommands(action, body, {
        mode: viewOf(state, clock.now().wallMs)?.shared.target_temperature_type,
        hashOf: (pin) => createHash('sha1').update(`${pin}${serial}`).digest('base64'),
      })
      const accepted = await commands.together(serial, requests)
      const object = accepted.at(-1)?.objectKey ?? `shared.${serial}`
      const { revision = 0, timestamp = 0 } = (await store.load(serial)).buckets.get(object) ?? {}
      const message = 'Command handled'
      return { success: true, message, device: serial, object, revision, timestamp } as const
    }
  }

  return {
    /** `GET /api/v1/devices` */
    async hostedDevices() {
      const devices = []
      for (const [i, serial] of (await store.serials()).entries()) {
        if (i % PER_TURN === PER_TURN - 1) await nextTurn()
        const state = await store.shown(serial)
        if (state.owner === undefined) continue
        devices.push({ ...deviceOf(state), accessType: 'owner' as const })
      }
      return { devices }
    },

    /** `GET /api/v1/thermostat/{id}/status` */
    async hostedStatus(request) {
      const { state } = await paired(request)
      return { device: deviceOf(state), state: hostedState(state, clock.now().wallMs) }
    },

    hostedTemperature: setting('temperature'),
    hostedRange: setting('temperature/range'),
    hostedMode: setting('mode'),
    hostedAway: setting('away'),
    hostedFan: setting('fan'),
    hostedLock: setting('lock'),
    hostedSetSchedule: setting('schedule'),

    /** `GET /api/v1/thermostat/{id}/schedule`: a pending one included (`D7`). */
    async hostedSchedule(request) {
      const { state } = await paired(request)
      const week = viewOf(state, clock.now().wallMs)?.schedule?.value
      return { device: deviceOf(state), schedule: (week as Schedule | undefined) ?? null }
    },

    /** `DELETE /api/v1/thermostat/{id}`: the thermostat is unpaired, and its data stay. */
    async hostedDelete(request) {
      const { state, owner } = await paired(request)
      await pairing.release(state.serial, owner.userId)
      return { success: true, message: 'Device deleted successfully' }
    },
  } satisfies SomeHandlers
}
