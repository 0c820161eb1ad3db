import t from 'tap'
import { NO_NAMESPACES } from '../helpers/namespaces.ts'
import { Household } from './household.ts'
import type { TalkingProcess } from './talking-process.ts'

const HALL = '02AA01AC00000001'
const TANK = '02AA01AC00000002'

/** An endpoint behind the bridge, as a controller sees it. */
interface Seen {
  readonly number: number
  readonly type: string
  readonly serial: string
  readonly label: string
}

/** A controller, with the endpoints that it sees. */
class App {
  readonly #name: string
  #process: TalkingProcess

  constructor(home: Household, name: string) {
    this.#name = name
    this.#process = home.app(name)
  }

  commission(code: unknown): Promise<unknown> {
    return this.#process.ask({ do: 'commission', code })
  }

  /** Ends it, and starts it with what it has kept. */
  async openAgain(home: Household): Promise<void> {
    this.#process.end()
    this.#process = home.app(this.#name)
    await this.#process.ask({ do: 'follow' })
  }

  async endpoints(): Promise<Seen[]> {
    return (await this.#process.ask({ do: 'endpoints' })).result as Seen[]
  }

  /** The types of endpoints of each thermostat. */
  async types(serial: string): Promise<string[]> {
    const all = await this.endpoints()
    return all.filter((each) => each.serial === serial).map(({ type }) => type)
  }

  async read(serial: string, type: string, cluster: string, attribute: string): Promise<unknown> {
    const endpoint = await this.#number(serial, type)
    return (await this.#process.ask({ do: 'read', endpoint, cluster, attribute })).result
  }

  async write(serial: string, type: string, cluster: string, attribute: string, value: unknown) {
    const endpoint = await this.#number(serial, type)
    await this.#process.ask({ do: 'write', endpoint, cluster, attribute, value })
  }

  async invoke(serial: string, type: string, cluster: string, command: string): Promise<void> {
    const endpoint = await this.#number(serial, type)
    await this.#process.ask({ do: 'invoke', endpoint, cluster, command })
  }

  /** Does something, and waits until its subscription tells the value. */
  async told(attribute: string, value: unknown, act: () => Promise<unknown>): Promise<void> {
    const after = this.#process.events.length
    const isTold = this.#process.until(
      (event) => event.attribute === attribute && event.value === value,
      after,
    )
    await act()
    await isTold
  }

  /** Waits until it sees another set of endpoints, such that this holds. */
  async sees(holds: (all: readonly Seen[]) => boolean): Promise<Seen[]> {
    for (;;) {
      const after = this.#process.events.length
      const all = await this.endpoints()
      if (holds(all)) return all
      await this.#process.until(({ event }) => event === 'structure', after)
    }
  }

  async #number(serial: string, type: string): Promise<number> {
    const all = await this.endpoints()
    const found = all.find((each) => each.serial === serial && each.type === type)
    if (found === undefined) throw new Error(`there is no ${type} of ${serial}`)
    return found.number
  }
}

t.test('a controller and a thermostat', { skip: NO_NAMESPACES }, async (t) => {
  const home = await Household.open(t)
  const hall = await home.thermostat(HALL, 'heat-cool')
  await home.ask('POST', '/api/matter', { on: true })
  await home.matter(({ running }) => running === true)
  const codes = await home.ask('GET', '/api/matter/pairing')
  const app = new App(home, 'first')
  await app.commission(codes.manual_code)
  const read = (attribute: string) => app.read(HALL, 'thermostat', 'Thermostat', attribute)
  const write = (attribute: string, value: unknown) =>
    app.write(HALL, 'thermostat', 'Thermostat', attribute, value)
  const taken = (bucket: string, field: string, value: unknown) =>
    hall.ask({ do: 'has', bucket, field, value })

  await t.test('it is commissioned with the code, which is then gone', async (t) => {
    await home.matter(({ fabrics }) => Array.isArray(fabrics) && fabrics.length === 1)
    t.match(await home.ask('GET', '/api/matter/pairing'), { manual_code: null, qr_code: null })
  })

  await t.test('it sees what the thermostat is and shows', async (t) => {
    t.same(await app.types(HALL), ['thermostat', 'humiditysensor', 'fan'])
    const [thermostat] = await app.endpoints()
    t.match(thermostat, { label: 'Family Room', serial: HALL })
    t.equal(await read('localTemperature'), 2050)
    t.equal(await read('occupiedHeatingSetpoint'), 2000)
    t.equal(await read('systemMode'), 4)
    t.equal(await read('minSetpointDeadBand'), 15)
    t.same(await read('occupancy'), { occupied: true })
    t.equal(
      await app.read(HALL, 'humiditysensor', 'RelativeHumidityMeasurement', 'measuredValue'),
      4200,
    )
  })

  await t.test('what it writes reaches the thermostat', async () => {
    await write('occupiedHeatingSetpoint', 2250)
    await taken('shared', 'target_temperature', 22.5)
    await write('systemMode', 3)
    await taken('shared', 'target_temperature_type', 'cool')
    await write('systemMode', 4)
    await taken('shared', 'target_temperature_type', 'heat')
    await app.told('fanMode', 3, () => app.write(HALL, 'fan', 'FanControl', 'fanMode', 3))
    await app.told('fanMode', 0, () => app.write(HALL, 'fan', 'FanControl', 'fanMode', 0))
  })

  await t.test('it is told of a turn of the dial', async () => {
    await app.told('occupiedHeatingSetpoint', 1900, () => hall.ask({ do: 'turn', celsius: 19 }))
  })

  await t.test('what nle has not shows as the old value again', async () => {
    // 7 is the mode of a fan alone.
    await app.told('systemMode', 4, () => write('systemMode', 7))
  })

  const before = await app.endpoints()
  await t.test('thermostats come, are renamed, and go', async (t) => {
    await home.thermostat(TANK, 'hot-water')
    await app.sees((all) => all.some(({ serial }) => serial === TANK))
    t.same(await app.types(TANK), ['thermostat', 'humiditysensor', 'onoffpluginunit'])
    await app.told('nodeLabel', 'Cellar', () =>
      home.ask('POST', '/command', { serial: TANK, command: 'set_name', value: 'Cellar' }),
    )
    await app.told('onOff', true, () => app.invoke(TANK, 'onoffpluginunit', 'OnOff', 'on'))
    await home.ask('DELETE', '/api/device', { serial: TANK })
    await app.sees((all) => !all.some(({ serial }) => serial === TANK))
    t.same(await app.endpoints(), before, 'the others stay what they were')
  })

  await t.test(
    'it goes on after restarts of bridge, nle and both, and from a backup',
    async (t) => {
      const goesOn = async (celsius: number): Promise<void> => {
        // It looks for the bridge when it is opened again; one that is open may take a minute to notice.
        await app.openAgain(home)
        await app.told('occupiedHeatingSetpoint', celsius * 100, () =>
          hall.ask({ do: 'turn', celsius }),
        )
        t.same(await app.endpoints(), before)
      }
      await home.endServe('SIGTERM')
      await home.serve()
      await home.matter(({ running }) => running === true)
      await goesOn(20)
      home.killBridge()
      await home.matter(({ restarts, running }) => restarts === 1 && running === true)
      await goesOn(21)
      await home.endServe('SIGKILL')
      await home.serve()
      await home.matter(({ running }) => running === true)
      await goesOn(22)
      await home.restoreBackup()
      await home.matter(({ running }) => running === true)
      await goesOn(23)
      t.match(await home.ask('GET', '/api/matter'), { fabrics: [{ index: 1 }] })
    },
  )

  await t.test('a second controller, while the window is open; and its removal', async (t) => {
    const { manual_code } = await home.ask('POST', '/api/matter/pairing')
    t.equal(manual_code, codes.manual_code, 'the code of this installation')
    const second = new App(home, 'second')
    await second.commission(manual_code)
    t.same((await second.endpoints()).length, before.length)
    await home.matter(({ fabrics }) => Array.isArray(fabrics) && fabrics.length === 2)
    t.match(await home.ask('GET', '/api/matter'), { window_until: null })
    t.match(await home.ask('DELETE', '/api/matter/fabrics/2'), { success: true })
    await home.matter(({ fabrics }) => Array.isArray(fabrics) && fabrics.length === 1)
  })

  await t.test(
    'the last controller is taken off, and the code is there for the next',
    async (t) => {
      t.match(await home.ask('DELETE', '/api/matter/fabrics/1'), { success: true })
      await home.matter(({ fabrics }) => Array.isArray(fabrics) && fabrics.length === 0)
      const { manual_code } = await home.ask('GET', '/api/matter/pairing')
      t.equal(manual_code, codes.manual_code)
      const third = new App(home, 'third')
      await third.commission(manual_code)
      t.same((await third.endpoints()).length, before.length)
      await third.write(HALL, 'thermostat', 'Thermostat', 'occupiedHeatingSetpoint', 1800)
      await taken('shared', 'target_temperature', 18)
    },
  )
})
