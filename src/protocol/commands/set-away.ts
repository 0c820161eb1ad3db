import { NleError } from '../../errors.ts'
import { quoted } from '../input.ts'
import { type CommandDefinition, unixSeconds } from './command-definition.ts'

/**
 * One flag enters eco, three fields leave it: the thermostat may refuse the flag for its time, does not
 * check the time of `away:false`, and obeys `device.eco` at once. The push updates the times (`D5`).
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
    if (value) {
      return {
        changes: [
          {
            objectKey: structureKey,
            fields: { manual_eco_all: true, manual_eco_timestamp: nowS },
            kind: 'setting',
          },
        ],
        // A queued exit would end the eco that this command enters.
        cancels: { [structureKey]: ['away'], [deviceKey]: ['eco'] },
      }
    }
    return {
      changes: [
        {
          objectKey: structureKey,
          fields: { manual_eco_all: false, manual_eco_timestamp: nowS, away: false },
          kind: 'setting',
        },
        {
          objectKey: deviceKey,
          fields: { eco: { mode: 'schedule', touched_by: 3, mode_update_timestamp: nowS } },
          kind: 'setting',
        },
      ],
    }
  },
}
