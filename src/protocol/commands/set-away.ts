import { NleError } from '../../errors.ts'
import { quoted } from '../input.ts'
import { leaveEcoFields } from '../view/eco-state.ts'
import { type CommandDefinition, change, unixSeconds } from './command-definition.ts'

/**
 * One flag enters eco, three fields leave it: the thermostat may refuse the flag for its time, does not
 * check the time of `away:false`, and obeys its own field at once. The push updates the times (`D5`).
 */
export const setAway: CommandDefinition = {
  describe: 'true to switch eco on, false to switch it off',
  plan(value, view) {
    if (typeof value !== 'boolean') {
      throw new NleError('invalid', `away must be true or false, not ${quoted(value)}`)
    }
    const { structureKey } = view
    const deviceKey = `device.${view.serial}`
    const nowS = unixSeconds(view)
    const flag = { manual_eco_all: value, manual_eco_timestamp: nowS }
    if (value) {
      return {
        changes: [change('setting', structureKey, flag)],
        // A queued exit would end the eco that this command enters.
        cancels: { [structureKey]: ['away'], [deviceKey]: ['eco', 'eco_mode'] },
      }
    }
    return {
      changes: [
        change('setting', structureKey, { ...flag, away: false }),
        change('setting', deviceKey, leaveEcoFields(view.device, nowS)),
      ],
    }
  },
}
