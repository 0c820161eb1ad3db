import t from 'tap'
import { EventBus } from '../../../src/server/core/event-bus.ts'
import { silentLogger } from '../../../src/server/core/logger.ts'
import { StoreHealth } from '../../../src/server/core/store-health.ts'
import { Writer } from '../../../src/server/core/writer.ts'
import { Store } from '../../../src/store/store.ts'
import { ManualClock } from '../../helpers/manual-clock.ts'

t.test('what one piece of work does after the commit keeps no other from its answer', async (t) => {
  let flush = (): void => {}
  const store = new Store(':memory:', { nowMs: 0 }, (atTurnEnd) => {
    flush = atTurnEnd
  })
  t.teardown(() => store.close())
  const errors: string[] = []
  const log = { ...silentLogger, error: (event: string) => errors.push(event) }
  const writer = new Writer(
    store,
    new StoreHealth(store, new ManualClock(), log),
    new EventBus(() => {}),
    log,
  )
  const answered: string[] = []
  writer.run(
    (tx) =>
      tx.after(() => {
        throw new Error('a defect')
      }),
    () => answered.push('first'),
    () => t.fail('the work did not fail'),
  )
  writer.run(
    () => 'second',
    (result) => answered.push(result),
    () => t.fail('the work did not fail'),
  )
  flush()
  t.strictSame(answered, ['first', 'second'])
  t.strictSame(errors, ['a defect in nle, after a transaction'])
})
