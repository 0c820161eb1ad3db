import t from 'tap'
import { SqliteHistory } from '../../../src/store/sqlite/sqlite-history.ts'
import { historySuite } from '../history-suite.ts'

historySuite(t, {
  async open(t) {
    const history = new SqliteHistory(':memory:')
    t.teardown(() => history.close())
    return history
  },
})
