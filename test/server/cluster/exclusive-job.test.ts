import t from 'tap'
import { ExclusiveJob } from '../../../src/server/cluster/exclusive-job.ts'
import { startHome } from '../../helpers/home.ts'

t.test('a job that comes while the server ends is not begun', async (t) => {
  const home = await startHome(t)
  let gain = (_epoch: number): void => {}
  const shared = {
    exclusive(_name: string, gained: (epoch: number) => void) {
      gain = gained
      return async () => {}
    },
  }
  const done: string[] = []
  const job = new ExclusiveJob(shared as never, 'history', home.server.core, {
    begin: async () => void done.push('begun'),
    end: () => void done.push('ended'),
  })
  const stopped = job.stop()
  gain(1)
  await stopped
  await new Promise((resolve) => setImmediate(resolve))
  t.strictSame(done, [])
})
