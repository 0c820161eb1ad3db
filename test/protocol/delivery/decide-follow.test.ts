import t from 'tap'
import {
  decideFollow,
  type FollowingConnection,
} from '../../../src/protocol/delivery/decide-follow.ts'
import { bucket, held, input, NOW_MS, SERIAL, SHARED, sentChange, state } from '../make.ts'

const shared = bucket(SHARED, { target_temperature: 20 })
const user = bucket('user.anna', { name: 'anna' }, { timestamp: NOW_MS })
const structure = bucket('structure.default', { name: 'Home', devices: [SERIAL] })
/** One clock for both, as several processes have it. */
const NOW = { wallMs: NOW_MS, steadyMs: NOW_MS }

/** A connection that was opened so long after the write of another process, by the clock of this one. */
function openedAfterMs(ms: number, sentTimestamp = 0): FollowingConnection {
  return {
    openedAtMs: NOW_MS + ms,
    latest: () => sentTimestamp,
    lists: () => false,
    listedKeys: [],
  }
}

const keys = (of: ReturnType<typeof decideFollow>) =>
  of.reply.push?.objects.map(({ objectKey }) => objectKey) ?? []

t.test('a claim reaches a connection that this clock takes for a later one (P9)', async (t) => {
  const claimed = state({}, user, structure, shared)
  const follow = (connection: FollowingConnection) =>
    keys(decideFollow(input(claimed, { held: held({}), now: NOW }), [connection]))
  const both = ['user.anna', 'structure.default']
  t.strictSame(follow(openedAfterMs(-60_000)), both)
  t.strictSame(follow(openedAfterMs(500)), both)
  t.strictSame(follow(openedAfterMs(500, NOW_MS)), [], 'but not when its answer had the claim')
  t.strictSame(follow(openedAfterMs(5_000)), [], 'nor a connection that was asked about it')
})

t.test('a change that another process has sent reaches it as well', async (t) => {
  const change = sentChange({ sentAt: NOW, expiresAtSteadyMs: NOW_MS + 60_000 })
  const sent = state({ changes: [change] }, shared)
  const follow = (connection: FollowingConnection) =>
    keys(decideFollow(input(sent, { held: held({}), now: NOW }), [connection]))
  t.strictSame(follow(openedAfterMs(-60_000)), [SHARED])
  t.strictSame(follow(openedAfterMs(500)), [SHARED])
  t.strictSame(follow(openedAfterMs(500, change.push?.timestamp)), [])
  t.strictSame(follow(openedAfterMs(5_000)), [])
})
