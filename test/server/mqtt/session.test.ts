import t from 'tap'
import { Broker, NO_BROKER } from './broker.ts'
import { House } from './house.ts'
import { Watcher } from './watcher.ts'

const SERIAL = '02AA01AC00000001'
const STATE = `nolongerevil/${SERIAL}/ha`

t.test('a thermostat appears when it is paired', { skip: NO_BROKER }, async (t) => {
  const broker = await Broker.start()
  t.teardown(() => broker.stop())
  const house = await House.open(broker)
  t.teardown(() => house.close())
  const watcher = await Watcher.connect(broker)
  t.teardown(() => watcher.end())
  await house.pair(SERIAL, { currentTemperature: 20.5, targetTemperature: 20 })
  await watcher.value(`${STATE}/current_temperature`, '20.5')
  await watcher.value(`nolongerevil/${SERIAL}/availability`, 'online')
  await watcher.value('nolongerevil/status', 'online')
  t.comment([...watcher.topics].map(([k, v]) => `${k} ${v.slice(0, 100)}`).join('\n'))
})
