import { sleep } from '../../../bench/scenario.ts'
import { connect } from '../../../src/store/sqlite/connect.ts'
import type { Attack } from '../attack.ts'

/** How long the other program waits for its turn: writes of the server are short. */
const BUSY_MS = 10_000

/** Another program locks the database, as a backup script or a database browser may. */
export const locked: Attack = {
  what: 'another program locks the database all the time',
  mayRefuse: 'within 2 s',
  strangers: async (crowd) => {
    const db = connect(crowd.target.databasePath, { timeout: BUSY_MS })
    db.exec('BEGIN EXCLUSIVE')
    crowd.count('locked')
    await sleep(crowd.leftMs)
    db.exec('ROLLBACK')
    db.close()
  },
}
