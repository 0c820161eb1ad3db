import t from 'tap'
import { FIRMWARE_BUILDS } from '../../../src/virtual/models/firmware-builds.ts'
import { KIND_NAMES, modelProfile } from '../../../src/virtual/models/model-profile.ts'
import { FirmwareHarness } from '../firmware-harness.ts'
import { V3Harness } from '../wire/v3/v3-harness.ts'

t.test('refuses an unknown firmware or kind, with the list of those it knows', async (t) => {
  t.throws(() => modelProfile({ firmware: '3.5' }), {
    code: 'invalid',
    message: /"3\.5": use one of 4\.0\.6, 4\.3\.3, 5\.6\.6, 5\.9\.4\./,
  })
  t.throws(() => modelProfile({ kind: 'toaster' }), { code: 'invalid', message: /heat-only/ })
  t.throws(() => modelProfile({ kind: 'constructor' }), { code: 'invalid' })
})

t.test('firmware 4.x speaks v3, of which only 4.3.3 hides its versions (V5)', async (t) => {
  for (const [version, build] of Object.entries(FIRMWARE_BUILDS)) {
    t.equal(build.transport, version.startsWith('4.') ? 'v3' : 'v7', version)
    t.equal(build.listsVersions, version !== '4.3.3', version)
  }
})

t.test('every kind uploads its capabilities, in the field forms of real uploads', async (t) => {
  for (const kind of KIND_NAMES) {
    const harness = new V3Harness(modelProfile({ firmware: '4.0.6', kind }))
    const { canHeat, canCool, hasFan } = harness.firmware.profile
    const device = harness.bucket('device').value
    t.match(device, { can_heat: canHeat, can_cool: canCool, has_fan: hasFan }, kind)
    t.match(device, { current_version: '4.0.6', eco_mode: 'schedule' }, kind)
    t.equal(typeof device.fan_timer_duration, 'number')
    t.notOk('fan_timer_duration_minutes' in device)
    t.notOk('schedule_mode' in harness.bucket('shared').value)
    const expected = device.current_schedule_mode
    t.equal(harness.bucket('schedule').value.schedule_mode, expected, kind)
  }
})

t.test('a heat pump, a Heat Link and a humidifier say what they are', async (t) => {
  const fields = (kind: string) =>
    new FirmwareHarness(modelProfile({ kind })).bucket('device').value
  t.match(fields('heat-pump'), { has_heat_pump: true, has_dual_fuel: true, has_emer_heat: true })
  t.match(fields('hot-water'), { can_cool: false, has_hot_water_control: true })
  t.match(fields('humidifier'), { has_humidifier: true, has_dehumidifier: true })
})
