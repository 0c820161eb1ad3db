import { join } from 'node:path'
import t from 'tap'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { type Engine, NOW_MS, storeSuite } from '../store-suite.ts'

const paths = new WeakMap<object, { path: string; onClose: (close: () => void) => void }>()

const engine: Engine = {
  async open(t) {
    const path = join(t.testdir(), 'nle.sqlite')
    const store = new SqliteStore(path, { nowMs: NOW_MS })
    let close = (): void => store.close()
    t.teardown(() => close())
    paths.set(store, {
      path,
      onClose: (next) => {
        close = next
      },
    })
    return store
  },
  async reopen(store) {
    const known = paths.get(store)
    if (known === undefined) throw new Error('this store was not opened here')
    store.close()
    const next = new SqliteStore(known.path, { nowMs: NOW_MS })
    known.onClose(() => next.close())
    return next
  },
}

storeSuite(t, engine)
