import type { Test } from 'tap'
import { isObject, type JsonObject } from '../../src/protocol/bucket.ts'
import type { VirtualThermostat } from '../../src/virtual/index.ts'
import { type Home, SERIAL } from '../helpers/home.ts'

/** A command of a client, and what it changes on the thermostat. */
export interface Wish {
  readonly command: string
  readonly value: JsonObject[string]
  readonly bucket: 'shared' | 'device' | 'schedule'
  readonly holds: (value: Readonly<Record<string, unknown>>) => boolean
}

export const setpoint: Wish = {
  command: 'set_temperature',
  value: 21.5,
  bucket: 'shared',
  holds: (shared) => shared.target_temperature === 21.5,
}
export const range: Wish = {
  command: 'set_temperature',
  value: { high: 25.5, low: 19 },
  bucket: 'shared',
  holds: (shared) =>
    shared.target_temperature_high === 25.5 && shared.target_temperature_low === 19,
}
export const mode = (value: string, wire: string): Wish => ({
  command: 'set_mode',
  value,
  bucket: 'shared',
  holds: (shared) => shared.target_temperature_type === wire,
})
export const away = (value: boolean): Wish => ({
  command: 'set_away',
  value,
  bucket: 'device',
  holds: ({ eco }) => isObject(eco) && eco.mode === (value ? 'manual-eco' : 'schedule'),
})
export const fan = (value: string | number, holds: (untilS: number) => boolean): Wish => ({
  command: 'set_fan',
  value,
  bucket: 'device',
  holds: ({ fan_timer_timeout }) => holds(Number(fan_timer_timeout)),
})
export const noWeek = (schedule: JsonObject): Wish => ({
  command: 'set_schedule',
  value: schedule,
  bucket: 'schedule',
  holds: ({ days }) => isObject(days) && Object.keys(days).length === 0,
})

/** Sends commands one after the other, as a client does, and waits until the thermostat has each. */
export async function wish(
  t: Test,
  { ask, clock }: Home,
  thermostat: VirtualThermostat,
  headers: Readonly<Record<string, string>>,
  wishes: readonly Wish[],
): Promise<void> {
  for (const { command, value, bucket, holds } of wishes) {
    const request = { serial: SERIAL, command, value }
    const { status, body } = await ask('POST', '/command', request, headers)
    t.equal(status, 200, `${command} ${JSON.stringify(value)}`)
    t.equal(body.success, true)
    const what = `${command} ${JSON.stringify(value)}`
    // A thermostat applies a schedule only after some quiet seconds (`D6`).
    if (bucket === 'schedule') {
      await thermostat.waitFor('the schedule', ({ unsettled }) => unsettled)
      clock.advance(15_000)
    }
    await thermostat.waitFor(what, (one) => holds(one.value(bucket)))
  }
  // Time jumps in this test, so violations of timing mean nothing.
  t.same(
    thermostat.violations.filter(({ timing }) => !timing),
    [],
  )
}
