import t from 'tap'
import { csv, csvTime } from '../../../src/protocol/history/csv.ts'
import { historyCsv, runtimeCsv } from '../../../src/protocol/history/csv-tables.ts'

const CELLS: readonly (readonly [string | number | boolean | null, string])[] = [
  [null, ''],
  [-3.5, '-3.5'],
  [true, 'true'],
  ['heat', 'heat'],
  ['a,b', '"a,b"'],
  ['a "b"', '"a ""b"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['+1', "'+1"],
  ['-1', "'-1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['\t=1', "'\t=1"],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
]
for (const [value, cell] of CELLS) {
  t.test(`${JSON.stringify(value)} becomes ${JSON.stringify(cell)}`, async (t) => {
    t.equal(csv(['a'], [[value]]), `a\r\n${cell}\r\n`)
  })
}

t.test('times are local, as the day before daylight saving and after it', async (t) => {
  t.equal(csvTime(Date.parse('2025-10-25T22:30Z'), 7_200), '2025-10-26 00:30:00')
  t.equal(csvTime(Date.parse('2025-10-26T01:30Z'), 3_600), '2025-10-26 02:30:00')
})

t.test('a chart and a table of runtimes have a head and a line for each slot', async (t) => {
  const columns = { temperature: [20.5, null], mode: ['heat', null] }
  t.equal(
    historyCsv([0, 60_000], columns, () => 0),
    'time,time_ms,temperature,mode\r\n1970-01-01 00:00:00,0,20.5,heat\r\n1970-01-01 00:01:00,60000,,\r\n',
  )
  t.equal(
    runtimeCsv([{ from: 0, to: 86_400_000, heating: 60 }], () => 0),
    'begin,end,from_ms,to_ms,heating\r\n1970-01-01 00:00:00,1970-01-02 00:00:00,0,86400000,60\r\n',
  )
})
