// node writer-process.ts <file> <first>: writes batches of the history, and ages it, until it is killed. It prints the
// number of each batch that is written.
import { silentLogger } from '../../../src/server/core/logger.ts'
import { ageOne } from '../../../src/server/history/ageing.ts'
import { HistoryFile } from '../../../src/server/history/history-file.ts'

const [path = '', first = '0'] = process.argv.slice(2)
const SERIALS = ['02AA01AC00000001', '02AA01AC00000002', '02AA01AC00000003']
const HALF_HOUR_MS = 1_800_000
const KEPT = { rawDays: 1, hourlyDays: 2, dailyDays: 36_500 }
const file = new HistoryFile(path, silentLogger)
for (let batch = Number(first); ; batch++) {
  const fromMs = batch * HALF_HOUR_MS
  const chunk = { fromMs, untilMs: fromMs + HALF_HOUR_MS, readings: new Uint8Array([]) }
  await file.use((store) => store.append(SERIALS.map((serial) => ({ serial, ...chunk }))))
  process.stdout.write(`${batch}\n`)
  for (const serial of SERIALS) {
    const zone = { name: 'UTC', offsetS: () => 0 }
    await file.use((store) => ageOne(store, serial, KEPT, fromMs, zone))
  }
}
