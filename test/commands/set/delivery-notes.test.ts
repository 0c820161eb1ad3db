import t from 'tap'
import { scheduleNote, setpointNote } from '../../../src/commands/set/delivery-notes.ts'
import { readCommands } from '../../../src/commands/set/words.ts'
import type { JsonObject } from '../../../src/protocol/bucket.ts'

const SETPOINTS: [words: string, status: JsonObject, note: RegExp | undefined][] = [
  ['temperature 21', { mode: 'heat' }, undefined],
  ['temperature 21', { mode: 'emergency' }, undefined],
  ['temperature 21', { mode: null }, undefined],
  ['temperature 21', { mode: 'off' }, /off/],
  ['temperature 21 mode heat', { mode: 'off' }, undefined],
  ['temperature 21 mode off', { mode: 'heat' }, /off/],
  ['temperature 21', { mode: 'range' }, /"low" and "high" count/],
  ['low 19 high 24', { mode: 'range' }, undefined],
  ['low 19 high 24 mode heat-cool', { mode: 'heat' }, undefined],
  ['low 19 high 24', { mode: 'cool' }, /heat-cool only/],
  ['temperature 21', { mode: 'heat', eco_mode: 'schedule' }, undefined],
  ['temperature 21', { mode: 'heat', eco_mode: 'manual-eco' }, /eco/],
  ['temperature 21', { mode: 'heat', away: true }, /eco/],
  ['temperature 21 away off', { mode: 'heat', away: true }, undefined],
  ['temperature 21 away on', { mode: 'heat', away: false }, /eco/],
  ['fan on', { mode: 'off' }, undefined],
]

for (const [words, status, note] of SETPOINTS) {
  t.test(`${words}, with ${JSON.stringify(status)}`, async (t) => {
    const said = setpointNote(readCommands(words.split(' '), 'C'), status)
    if (note === undefined) t.equal(said, undefined)
    else t.match(said, note)
  })
}

const SCHEDULES: [mode: string, status: JsonObject, note: RegExp | undefined][] = [
  ['HEAT', { mode: 'heat' }, undefined],
  ['RANGE', { mode: 'range' }, undefined],
  ['HEAT', { mode: 'emergency' }, undefined],
  ['HEAT', { mode: null }, undefined],
  ['COOL', { mode: 'heat' }, /^It is in heat: a cool schedule counts when it is in cool/],
  ['HEAT', { mode: 'range' }, /^It is in heat-cool: a heat schedule.*\("mode heat"\)\.$/],
  ['RANGE', { mode: 'off' }, /^It is off.*\("mode heat-cool"\)/],
  ['HEAT', { mode: 'heat', away: true }, /eco/],
]

for (const [mode, status, note] of SCHEDULES) {
  t.test(`a ${mode} schedule, with ${JSON.stringify(status)}`, async (t) => {
    const said = scheduleNote({ schedule_mode: mode }, status)
    if (note === undefined) t.equal(said, undefined)
    else t.match(said, note)
  })
}
