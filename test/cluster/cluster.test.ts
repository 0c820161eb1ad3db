import t from 'tap'
import { NO_POSTGRES } from '../helpers/postgres.ts'
import { NO_HAPROXY } from './balancer.ts'
import { harmCluster } from './cluster.ts'

t.test(
  'three servers on one database keep every promise while they are harmed (D2, U6, P9)',
  { skip: NO_POSTGRES || NO_HAPROXY },
  async (t) => {
    const { failures, promised } = await harmCluster({
      seconds: 16,
      harms: 4,
      thermostats: 4,
      seed: 5,
    })
    t.strictSame(failures, [])
    t.ok(promised.puts > 0 && promised.claims > 0 && promised.commands > 0, 'there was a load')
  },
)
