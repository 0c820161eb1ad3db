import type { Test } from 'tap'
import { Broker } from '../server/mqtt/broker.ts'
import { LoggedServer } from '../server/mqtt/logged-server.ts'
import { Watcher } from '../server/mqtt/watcher.ts'

const SERIAL = '02AA01AC00000001'

/** A paired thermostat as an app on a real broker meets it. */
export async function mqttHome(t: Test) {
  const broker = await Broker.start()
  t.teardown(() => broker.stop())
  const nle = await LoggedServer.open(broker)
  t.teardown(() => nle.close())
  const app = await Watcher.connect(broker)
  t.teardown(() => app.end())
  const thermostat = await nle.pair(SERIAL)
  /** Waits until the topic of the thermostat says this. */
  const says = (path: string, payload: string) =>
    app.value(`nolongerevil/${SERIAL}/${path}`, payload)
  /** Publishes for the thermostat, and waits until its own field has the value. */
  const sets = async (path: string, payload: string, holds: () => boolean): Promise<void> => {
    await app.publish(`nolongerevil/${SERIAL}/${path}/set`, payload)
    await thermostat.waitFor(`${path} ${payload}`, holds)
  }
  return { thermostat, says, sets, nle, serial: SERIAL }
}
