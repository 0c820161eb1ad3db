import { NleError } from '../../errors.ts'
import { quoted, wordIn } from '../input.ts'
import { type Capabilities, capabilities } from '../view/device-view.ts'
import { type CommandDefinition, change } from './command-definition.ts'

interface Mode {
  /** In the thermostat's words. */
  readonly wire: string
  readonly needs: readonly (keyof Capabilities)[]
  readonly does: string
}

const RANGE: Mode = {
  wire: 'range',
  needs: ['can_heat', 'can_cool'],
  does: 'both heating and cooling',
}

/** Every name of a mode: the documented one, the thermostat's, and those of other systems. */
const MODES: ReadonlyMap<string, Mode> = new Map([
  ['off', { wire: 'off', needs: [], does: '' }],
  ['heat', { wire: 'heat', needs: ['can_heat'], does: 'heating' }],
  ['cool', { wire: 'cool', needs: ['can_cool'], does: 'cooling' }],
  ['heat-cool', RANGE],
  ['heat_cool', RANGE],
  ['range', RANGE],
  ['auto', RANGE],
  ['emergency', { wire: 'emergency', needs: ['has_emer_heat'], does: 'emergency heat' }],
])

export const setMode: CommandDefinition = {
  describe: 'off, heat, cool, heat-cool (also range, auto) or emergency',
  plan(value, view) {
    const name = wordIn(value)
    if (name === 'eco') {
      throw new NleError('invalid', 'mode cannot be eco: use set_away with true or false')
    }
    const mode = name === undefined ? undefined : MODES.get(name)
    if (mode === undefined) {
      throw new NleError('invalid', `mode must be ${setMode.describe}, not ${quoted(value)}`)
    }
    const able = capabilities(view)
    const missing = mode.needs.find((capability) => !able[capability])
    if (missing !== undefined) {
      throw new NleError(
        'invalid',
        `mode ${name}: this thermostat does not support ${mode.does} (${missing}=false)`,
      )
    }
    const fields = { target_temperature_type: mode.wire }
    return { changes: [change('setpoint', `shared.${view.serial}`, fields)] }
  },
}
