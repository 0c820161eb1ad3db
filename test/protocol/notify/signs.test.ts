import t from 'tap'
import type { JsonObject } from '../../../src/protocol/bucket.ts'
import { NOTICE_KINDS, noticeOf, signKey } from '../../../src/protocol/notify/notice.ts'
import {
  backupSign,
  changeSign,
  diskSign,
  thermostatSigns,
} from '../../../src/protocol/notify/signs.ts'
import { change, NOW_MS, SERIAL, view } from '../make.ts'

const MIB = 1024 * 1024

t.test('what a thermostat shows', async (t) => {
  const rows: [kind: string, device: JsonObject, state: string][] = [
    ['battery_low', { battery_level: 3.59 }, 'on'],
    ['battery_low', { battery_level: 3.6 }, 'unclear'],
    ['battery_low', { battery_level: 3.7 }, 'off'],
    ['battery_low', {}, 'unclear'],
    ['filter_due', { filter_replacement_needed: true }, 'on'],
    ['filter_due', { filter_replacement_needed: true, has_air_filter: false }, 'off'],
    ['filter_due', { filter_replacement_needed: false }, 'off'],
    ['filter_due', {}, 'unclear'],
    ['safety_temperature', { safety_temp_activating_hvac: true }, 'on'],
    ['safety_temperature', { safety_temp_activating_hvac: false }, 'off'],
  ]
  for (const [kind, device, state] of rows) {
    const sign = thermostatSigns(view({ device }), true).find((each) => each.kind === kind)
    t.equal(sign?.state, state, `${kind} ${JSON.stringify(device)}`)
  }
  const [offline] = thermostatSigns(view(), false)
  t.match(offline, { kind: 'offline', state: 'on', serial: SERIAL })
})

t.test('a change that was ignored or has expired, and one that is confirmed', async (t) => {
  const about = { serial: SERIAL, name: 'Hallway' }
  const signOf = (state: 'ignored' | 'expired' | 'confirmed' | 'superseded' | 'queued') =>
    changeSign(change({ state, commandId: 17 }), about)
  t.match(signOf('ignored'), { state: 'on', occurrence: 17, part: 'set_temperature' })
  t.match(signOf('expired'), { state: 'on' })
  t.match(signOf('confirmed'), { state: 'off' })
  t.equal(signOf('superseded'), undefined)
  t.equal(signOf('queued'), undefined)
})

t.test('the disk and the backup', async (t) => {
  t.equal(diskSign(199 * MIB).state, 'on')
  t.equal(diskSign(250 * MIB).state, 'unclear')
  t.equal(diskSign(300 * MIB).state, 'off')
  t.equal(backupSign('no room').state, 'on')
  t.equal(backupSign(undefined).state, 'off')
})

t.test('every notice says what is wrong and what to do', async (t) => {
  for (const kind of NOTICE_KINDS) {
    const sign = {
      kind,
      serial: SERIAL,
      name: 'Hallway',
      state: 'on',
      detail: 'So it is.',
    } as const
    for (const state of ['begun', 'over'] as const) {
      const notice = noticeOf(sign, state, NOW_MS)
      t.match(notice, { event: kind, state, at: '2024-02-05T16:00:00.000Z', name: 'Hallway' })
      t.match(notice.title, /^\w.+[^.]$/)
      t.match(notice.message, state === 'begun' ? /^So it is\. .+\.$/ : /^[A-Z].+\.$/)
    }
  }
})

t.test('one thermostat has a key for each kind, and one for each command', async (t) => {
  const keys = [
    signKey({ kind: 'offline', serial: SERIAL }),
    signKey({ kind: 'battery_low', serial: SERIAL }),
    signKey({ kind: 'change_failed', serial: SERIAL, part: 'set_mode' }),
    signKey({ kind: 'change_failed', serial: SERIAL, part: 'set_fan' }),
    signKey({ kind: 'disk_low', serial: null }),
  ]
  t.equal(new Set(keys).size, keys.length)
})
