import t from 'tap'
import { PostgresStore } from '../../../src/store/postgres/postgres-store.ts'
import type { Store } from '../../../src/store/store.ts'
import { NO_POSTGRES, startPostgres } from '../../helpers/postgres.ts'
import { storeSuite } from '../store-suite.ts'

t.test('the suite of every engine, on PostgreSQL', { skip: NO_POSTGRES }, async (t) => {
  const postgres = await startPostgres(t)
  const urls = new WeakMap<Store, string>()
  const opened = async (url: string): Promise<Store> => {
    const store = await PostgresStore.open(url)
    urls.set(store, url)
    t.teardown(() => store.close())
    return store
  }
  storeSuite(t, {
    hasOwnClock: false,
    open: async () => opened(await postgres.database()),
    async reopen(store) {
      await store.close()
      return opened(urls.get(store) ?? '')
    },
  })
})
