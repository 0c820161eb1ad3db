// node bench/matter.ts [changes]: a session with a Matter controller, with its times, and the memory of the bridge
// before and after so many changes of a setpoint (1,000). Needs root, for network namespaces.
import type { Test } from 'tap'
import { Household } from '../test/matter/household.ts'

const SERIAL = '02AA01AC00000001'
const [changes = '1000'] = process.argv.slice(2)
const undo: (() => unknown)[] = []
const startedMs = performance.now()

function tell(text: string): void {
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(2)
  process.stdout.write(`${seconds.padStart(7)} s  ${text}\n`)
}

try {
  await run()
} finally {
  for (const each of undo.reverse()) await each()
}

async function run(): Promise<void> {
  const home = await Household.open({
    teardown: (fn: () => unknown) => undo.push(fn),
  } as unknown as Test)
  const thermostat = await home.thermostat(SERIAL, 'heat-cool')
  tell('nle serves, and a virtual thermostat is paired')
  const megabytes = async (): Promise<string> => {
    const { memory_bytes } = await home.ask('GET', '/api/matter')
    return `${(Number(memory_bytes) / 1e6).toFixed(0)} MB`
  }
  await home.ask('POST', '/api/matter', { on: true })
  tell('nle matter on')
  await home.matter(({ running }) => running === true)
  tell(`the bridge is on the network, with ${await megabytes()}`)
  const { manual_code } = await home.ask('GET', '/api/matter/pairing')
  const app = home.app('controller')
  await app.ask({ do: 'endpoints' })
  tell('a controller is loaded')
  await app.ask({ do: 'commission', code: manual_code })
  tell(`it has commissioned the bridge with ${manual_code}, and subscribed`)
  const setpoint = { endpoint: 2, cluster: 'Thermostat', attribute: 'occupiedHeatingSetpoint' }
  await app.ask({ do: 'write', ...setpoint, value: 2250 })
  tell('it has written 22.5 °C')
  await thermostat.ask({ do: 'has', bucket: 'shared', field: 'target_temperature', value: 22.5 })
  tell('the thermostat has it')
  for (;;) {
    const { changes } = await home.ask('GET', '/api/changes?limit=1')
    if ((changes as { state: string }[])[0]?.state === 'confirmed') break
  }
  tell('the change is confirmed')
  let after = app.events.length
  const told = (value: number) =>
    app.until((event) => event.attribute === setpoint.attribute && event.value === value, after)
  await thermostat.ask({ do: 'turn', celsius: 19 })
  await told(1900)
  tell('the controller was told of a turn of the dial to 19 °C')
  tell(`${await megabytes()} before ${changes} changes`)
  for (let n = 1; n <= Number(changes); n++) {
    const value = 15 + (n % 100) / 10
    await home.ask('POST', '/command', { serial: SERIAL, command: 'set_temperature', value })
    if (n === Number(changes) - 1) after = app.events.length
  }
  await told(Math.round((15 + (Number(changes) % 100) / 10) * 100))
  tell(`the controller was told of the last of ${changes} changes`)
  // The next report of the bridge.
  const reported = await megabytes()
  for (let n = 0; n < 25 && (await megabytes()) === reported; n++) {
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
  tell(`${await megabytes()} after them`)
}
