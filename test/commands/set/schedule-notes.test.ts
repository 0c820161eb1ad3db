import t from 'tap'
import { scheduleNote } from '../../../src/commands/set/delivery-notes.ts'
import type { JsonObject } from '../../../src/protocol/bucket.ts'

const rows: [mode: string, status: JsonObject, note: RegExp | undefined][] = [
  ['HEAT', { mode: 'heat' }, undefined],
  ['RANGE', { mode: 'range' }, undefined],
  ['HEAT', { mode: 'emergency' }, undefined],
  ['HEAT', { mode: null }, undefined],
  ['COOL', { mode: 'heat' }, /^It is in heat: a cool schedule counts when it is in cool/],
  ['HEAT', { mode: 'range' }, /^It is in heat-cool: a heat schedule.*\("mode heat"\)\.$/],
  ['RANGE', { mode: 'off' }, /^It is off.*\("mode heat-cool"\)/],
  ['HEAT', { mode: 'heat', away: true }, /eco/],
]

for (const [mode, status, note] of rows) {
  t.test(`${mode}, with ${JSON.stringify(status)}`, async (t) => {
    const said = scheduleNote({ schedule_mode: mode }, status)
    if (note === undefined) t.equal(said, undefined)
    else t.match(said, note)
  })
}
