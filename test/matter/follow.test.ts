import t from 'tap'
import { Household } from '../../src/matter/bridged-household.ts'
import { follow } from '../../src/matter/follow.ts'
import type { NleEvent } from '../../src/matter/nle-api.ts'
import type { BridgedStatus } from '../../src/protocol/matter/bridged-status.ts'
import { status } from '../protocol/matter/statuses.ts'
import { FakeMatter, settled } from './fake-matter.ts'

const OTHER = '02AA01AC00000002'

/** A connection to nle that a test feeds. */
class Feed {
  readonly #events: NleEvent[] = []
  #wake: () => void = () => {}
  #isOver = false

  tell(type: string, data: object): void {
    this.#events.push({ type, data: JSON.stringify(data) })
    this.#wake()
  }

  end(): void {
    this.#isOver = true
    this.#wake()
  }

  async *read(): AsyncGenerator<NleEvent> {
    while (!this.#isOver) {
      yield* this.#events.splice(0)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        if (this.#events.length > 0 || this.#isOver) resolve()
      })
    }
  }
}

function start() {
  const matter = new FakeMatter(status())
  const feeds: Feed[] = []
  let devices: BridgedStatus[] | undefined = [status()]
  const household = new Household(matter.world)
  const stop = new AbortController()
  const shown: number[] = []
  const done = follow({
    ...matter.world,
    api: {
      ...matter.world.api,
      async devices() {
        if (devices === undefined) throw new Error('nothing listens there')
        return devices
      },
      events(connected) {
        const feed = new Feed()
        feeds.push(feed)
        connected()
        return feed.read()
      },
    },
    household,
    stop: stop.signal,
    shown: async () => void shown.push(household.size),
  })
  const set = (next: BridgedStatus[] | undefined): void => {
    devices = next
  }
  return { matter, feeds, household, shown, set, done, stop }
}

t.test('every thermostat is there before the bridge is shown', async (t) => {
  const { household, shown, set } = start()
  set([status(), status({ serial: OTHER })])
  await settled()
  t.strictSame(shown, [2])
  t.equal(household.size, 2)
})

t.test('what nle tells is shown', async (t) => {
  const { matter, feeds, household, set } = start()
  await settled()
  feeds[0]?.tell('message', { serial: OTHER })
  feeds[0]?.tell('status', status({ serial: OTHER }))
  feeds[0]?.tell('change', { id: 1 })
  feeds[0]?.tell('status', status({ target_temperature: 23 }))
  await settled()
  t.equal(household.size, 2)
  t.equal(matter.part('thermostat').shown.at(-1)?.target_temperature, 23)
  feeds[0]?.tell('removed', { serial: OTHER })
  await settled()
  t.equal(household.size, 1)
  // What happened in between is not known.
  set([status({ serial: OTHER }), status({ target_temperature: 17 })])
  feeds[0]?.tell('resync', {})
  await settled()
  t.equal(household.size, 2)
  t.equal(matter.part('thermostat').shown.at(-1)?.target_temperature, 17)
})

t.test('a connection that ends is made again, and everything read again', async (t) => {
  const { matter, feeds, household, set } = start()
  await settled()
  feeds[0]?.end()
  await settled()
  t.equal(feeds.length, 1, 'not at once')
  set(undefined)
  matter.timers.advance(1_000)
  await settled()
  matter.timers.advance(1_000)
  await settled()
  t.equal(feeds.length, 3)
  t.equal(matter.warnings.length, 1, 'said once')
  t.equal(household.size, 1, 'what was shown stays')
  set([status({ serial: OTHER }), status()])
  matter.timers.advance(1_000)
  await settled()
  t.equal(household.size, 2)
})

t.test('it ends when it is stopped', async (t) => {
  const { feeds, stop, done } = start()
  await settled()
  stop.abort()
  feeds[0]?.end()
  await done
  t.pass()
})
