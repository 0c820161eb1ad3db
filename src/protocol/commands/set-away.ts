import { NleError } from '../../errors.ts'
import { quoted } from '../input.ts'
import { type CommandDefinition, unixSeconds } from './command-definition.ts'

/**
 * Eco is entered by one flag and left by three: the flag may be refused for its time, `away:false`
 * is not checked, and `device.eco` is what the thermostat obeys at once. The times are those of the
 * push in the end (`D5`).
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
        // An exit still on its way would end the eco that is asked for now.
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
