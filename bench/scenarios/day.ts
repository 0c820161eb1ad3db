import { statSync } from 'node:fs'
import { join } from 'node:path'
import { atMost, type Figure } from '../figure.ts'
import { HeldThermostat } from '../held-thermostat.ts'
import { LeanConnection } from '../lean-connection.ts'
import { Putter } from '../put-load.ts'
import { check, inFolder, type Scenario, sleep, withServer } from '../scenario.ts'
import { seed } from '../seed.ts'
import { floorCommand, type ServerProcess } from '../server-process.ts'
import { httpRequest, serialOf } from '../thermostat.ts'

export const THERMOSTATS = 3
export const MINUTES = 1_440
const SPEED = 1_440
export const COMMANDS = 10
/** How long nle holds a connection (`S4`), on the clock of the day. */
const HOLD_MS = 290_000 / SPEED

export interface Day {
  readonly cpuS: number
  readonly bytes: number
}

/** A household's day in one minute, on a faster clock. */
export const day: Scenario = ({ short }) =>
  inFolder(async (folder) => {
    const minutes = short ? MINUTES / 6 : MINUTES
    const db = join(folder, 'nle.sqlite')
    await seed(db, THERMOSTATS)
    const bare = [...floorCommand('full', join(folder, 'floor.sqlite')), String(HOLD_MS)]
    const floor = await withServer(bare, (server) => live(server, minutes, 0))
    const nle = await withServer(dayCommand(db), (server) => live(server, minutes, COMMANDS))
    const figures: Figure[] = [
      {
        scenario: 'day',
        name: 'CPU',
        unit: 's',
        value: nle.cpuS,
        floor: floor.cpuS,
        target: short ? undefined : atMost(4.5),
      },
      {
        scenario: 'day',
        name: 'written',
        unit: 'MB',
        value: nle.bytes / 1e6,
        floor: floor.bytes / 1e6,
        target: short ? undefined : atMost(25),
      },
      { scenario: 'day', name: 'database size', unit: 'MB', value: statSync(db).size / 1e6 },
    ]
    return figures
  })

/** nle on the clock of the day. */
export function dayCommand(databasePath: string, history = 'on'): string[] {
  return [process.execPath, 'bench/servers/day.ts', databasePath, String(SPEED), history]
}

/** Each thermostat puts every minute; ten commands are spread over the day. */
export async function live(server: ServerProcess, minutes: number, commands: number): Promise<Day> {
  const held: HeldThermostat[] = []
  const putters: Putter[] = []
  for (let n = 0; n < THERMOSTATS; n++) {
    const one = new HeldThermostat(serialOf(n), server.devicePort)
    await one.hold()
    held.push(one)
    putters.push(new Putter(serialOf(n), await LeanConnection.open(server.devicePort)))
  }
  const control = await LeanConnection.open(server.ownerAt)
  const before = { cpuS: server.cpuS(), bytes: server.writtenBytes() }
  const startedMs = performance.now()
  const minuteMs = 60_000 / SPEED
  for (let minute = 0; minute < minutes; minute++) {
    for (const [n, putter] of putters.entries()) {
      const dueMs = startedMs + (minute + n / THERMOSTATS) * minuteMs
      await sleep(Math.max(0, dueMs - performance.now()))
      await putter.put()
    }
    const due = commands > 0 && minute % Math.floor(minutes / commands) === 7
    if (due) await setTemperature(control, held[minute % THERMOSTATS] as HeldThermostat, minute)
  }
  const used = {
    cpuS: server.cpuS() - before.cpuS,
    bytes: server.writtenBytes() - before.bytes,
  }
  control.close()
  for (const each of [...held, ...putters]) each.close()
  for (const { error } of held) if (error !== undefined) throw error
  return used
}

async function setTemperature(
  control: LeanConnection,
  to: HeldThermostat,
  minute: number,
): Promise<void> {
  const value = 18 + (minute % 40) / 10
  const body = JSON.stringify({ serial: to.serial, command: 'set_temperature', value })
  const answer = await control.ask(httpRequest('POST', '/command', body))
  check(answer.status === 200, () => answer.body)
}
