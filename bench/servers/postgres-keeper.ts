import pg from 'pg'
import { deviceValue } from '../thermostat.ts'

/** What nle keeps for one bucket. PostgreSQL compresses long rows, so it is as varied as what thermostats send. */
const REST = JSON.stringify(deviceValue(''))

interface Row {
  readonly serial: string
  readonly text: string
  readonly done: () => void
}

/**
 * The least that group commit on PostgreSQL costs: all that arrived during the commit before is one prepared statement.
 *
 * @returns a function that stores a text under a serial and calls `done` once it is on disk
 */
export async function postgresKeeper(
  url: string,
): Promise<(serial: string, text: string, done: () => void) => void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(
    'CREATE TABLE kept (serial text PRIMARY KEY, at_ms bigint, text text) WITH (fillfactor = 60)',
  )
  let waiting: Row[] = []
  let isRunning = false
  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = new Map(waiting.map((each) => [each.serial, each]))
      const answered = waiting
      waiting = []
      await client.query({
        name: 'keep',
        text: `INSERT INTO kept SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[])
          ON CONFLICT (serial) DO UPDATE SET at_ms = excluded.at_ms, text = excluded.text`,
        values: [
          [...group.keys()],
          [...group.values()].map(() => Date.now()),
          [...group.values()].map(({ text }) => REST + text.slice(text.indexOf('"value"'))),
        ],
      })
      for (const { done } of answered) done()
    }
    isRunning = false
  }
  return (serial, text, done) => {
    waiting.push({ serial, text, done })
    if (isRunning) return
    isRunning = true
    setImmediate(() => void run())
  }
}
