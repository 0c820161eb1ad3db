import { modelProfile, realTimers, VirtualThermostat } from '../../src/virtual/index.ts'
import { answerLines } from './answering.ts'

// A virtual thermostat as a program of its own: node thermostat-program.ts <origin> <serial> <kind>
const [origin = '', serial = '', kind] = process.argv.slice(2)
const thermostat = new VirtualThermostat({
  ...modelProfile({ kind }),
  serial,
  origin,
  timers: realTimers,
})
thermostat.start()

answerLines(async ({ do: what, celsius, bucket, field, value }) => {
  switch (what) {
    case 'code':
      return thermostat.whenCode()
    case 'paired':
      return thermostat.whenPaired()
    case 'turn':
      return thermostat.turnDial(Number(celsius))
    case 'has':
      return thermostat.waitFor(`${field} ${value}`, () => {
        return thermostat.value(`${bucket}.${serial}`)[String(field)] === value
      })
    default:
      throw new Error(`what is ${what}?`)
  }
})
