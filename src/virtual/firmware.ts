import { createDevice, type Device } from './device/device.ts'
import type { DeviceBucket } from './device/device-bucket.ts'
import { ecoActive, setEco } from './device/eco.ts'
import { applyHeldSchedule } from './device/held-schedule.ts'
import { settleHvac } from './device/hvac.ts'
import { scheduleEdited } from './device/local-changes.ts'
import { powerCycle, sensed } from './device/power.ts'
import type { Profile } from './device/profile.ts'
import { screenOf } from './device/screen.ts'
import { acknowledge, dialTurned, modeSet, scheduleTransition } from './device/setpoint-changes.ts'
import type { Effect, Screen } from './signals/effects.ts'
import type { FirmwareEvent } from './signals/firmware-events.ts'
import { settleDeviceList } from './wire/device-list.ts'
import { settleEntry } from './wire/discovery.ts'
import { settlePairing } from './wire/pairing-poll.ts'
import { settlePut } from './wire/putting.ts'
import { gaveUp, responseHappened } from './wire/responses.ts'
import { overdue, resubscribe, settleSubscribe } from './wire/subscribing.ts'

/**
 * The thermostat's firmware (PROTOCOL.md, section 10) as a deterministic machine: events in,
 * effects out; no socket, no clock, no randomness. Two machines with the same profile and the same
 * events give the same effects.
 *
 *     const firmware = new Firmware(createProfile({ serial, origin }))
 *     for (const effect of firmware.handle({ type: 'booted', nowMs })) carryOut(effect)
 *
 * A simulation keeps, per thermostat, the armed timers (`armTimer` replaces by name, `cancelTimer`
 * removes) and the open requests, carries requests to a server in its own time, and hands back
 * `responseHeaders`, `responseChunk` … with the request's id.
 */
export class Firmware {
  readonly profile: Profile
  readonly #device: Device

  constructor(profile: Profile) {
    this.profile = profile
    this.#device = createDevice(profile)
  }

  /** Handles one event and returns the effects to carry out, in order. Never throws. */
  handle(event: FirmwareEvent): Effect[] {
    const device = this.#device
    device.effects = []
    device.nowMs = event.nowMs
    if (device.power === 'off' && event.type !== 'booted') return []
    react(device, event)
    if (device.power === 'on') settle(device)
    const screen = screenOf(device)
    if (JSON.stringify(screen) !== JSON.stringify(device.screen)) {
      device.screen = screen
      device.effects.push({ type: 'screenChanged', screen })
    }
    return device.effects
  }

  /** What the screen shows after the last event. */
  get screen(): Screen {
    return this.#device.screen
  }

  get paired(): boolean {
    return this.#device.pairing.owner !== undefined
  }

  /** Every bucket as the thermostat has it now. The buckets themselves never change in place. */
  get buckets(): ReadonlyMap<string, DeviceBucket> {
    return this.#device.buckets
  }

  /** Ids of the subscribe requests that are in flight or held. */
  get subscriptionIds(): readonly number[] {
    return [...this.#device.subscriptions.keys()]
  }

  /**
   * True while thermostat and server may rightly differ: something waits to be put, is in
   * flight, or is in its quiet period. A convergence check waits until this is false.
   */
  get unsettled(): boolean {
    const { waiting, putInFlight, heldSchedule, armed } = this.#device
    const waits = [...waiting.values()].some(({ fields }) =>
      [...fields.values()].some((names) => names.size > 0),
    )
    return (
      waits || putInFlight !== undefined || heldSchedule !== undefined || armed.has('acknowledge')
    )
  }
}

const NOT_FINISHED = 'the response was not finished within 5 s of the last chunk'

/** The table of events. It sends no requests: `settle` sends what is needed afterwards. */
function react(device: Device, event: FirmwareEvent) {
  switch (event.type) {
    case 'booted':
      if (device.power === 'off') powerCycle(device, false)
      return
    case 'rebooted':
      return powerCycle(device, event.loseMemory)
    case 'timerFired':
      return timerFired(device, event.timer)
    case 'responseHeaders':
    case 'responseChunk':
    case 'responseEnded':
    case 'responseFailed':
      return responseHappened(device, event)
    case 'dialTurned':
      return dialTurned(device, event.celsius)
    case 'modeSet':
      return modeSet(device, event.mode)
    case 'ecoPressed':
      return setEco(device, !ecoActive(device), 'person')
    case 'scheduleEdited':
      return scheduleEdited(device, event.schedule)
    case 'sensed':
      return sensed(device, event)
    case 'scheduleTransition':
      return scheduleTransition(device, event.celsius)
    case 'resubscribed':
      if (device.power === 'on') resubscribe(device)
      return
  }
}

function timerFired(device: Device, timer: string): void {
  const atMs = device.armed.get(timer)
  if (atMs === undefined) return
  device.armed.delete(timer)
  if (device.nowMs < atMs) {
    // Fired early, as real timers do by a millisecond: wait for the rest.
    device.armed.set(timer, atMs)
    device.effects.push({ type: 'armTimer', timer, atMs })
    return
  }
  const [name, requestId] = timer.split(':')
  if (name === 'acknowledge') acknowledge(device)
  else if (name === 'scheduleQuiet') applyHeldSchedule(device)
  else if (name === 'giveUp') gaveUp(device, Number(requestId))
  else if (name === 'idle') overdue(device, Number(requestId), 'S5', NOT_FINISHED)
  // 'entry', 'pairing', 'deviceList', 'subscribe' and 'put' only wake `settle`.
}

/** Sends each request that is due and not yet in flight. */
function settle(device: Device): void {
  settleHvac(device)
  settleEntry(device)
  settlePairing(device)
  settleDeviceList(device)
  settleSubscribe(device)
  settlePut(device)
}
