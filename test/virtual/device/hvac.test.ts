import t from 'tap'
import { FirmwareHarness } from '../firmware-harness.ts'

t.test('heats up to the setpoint and cools where the mode allows it', async (t) => {
  const harness = new FirmwareHarness().settled()
  const screen = () => harness.firmware.screen
  harness.do({ type: 'scheduleTransition', celsius: 21.5 })
  t.match(screen(), { heating: true, cooling: false })
  harness.do({ type: 'sensed', currentTemperature: 21.4 })
  t.match(screen(), { heating: true })
  harness.do({ type: 'sensed', currentTemperature: 21.5 })
  t.match(screen(), { heating: false })
  harness.do({ type: 'sensed', currentTemperature: 25 })
  harness.do({ type: 'modeSet', mode: 'range' })
  t.match(screen(), { heating: false, cooling: true })
  harness.do({ type: 'ecoPressed' })
  t.match(screen(), { cooling: false }, 'eco cools only above its own limit')
})
