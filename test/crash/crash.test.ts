import t from 'tap'
import { crashRounds } from './crash.ts'

t.test('keeps every promise over kill -9 under load (D2, U6, P9)', async (t) => {
  const { failures, promised, changes } = await crashRounds({ rounds: 4, seed: 2, maxPromises: 40 })
  t.strictSame(failures, [])
  t.ok(promised.puts > 0 && promised.claims > 0 && promised.commands > 0, 'there was a load')
  const known = ['confirmed', 'superseded']
  t.strictSame(
    Object.keys(changes).filter((state) => !known.includes(state)),
    [],
    'every command arrived',
  )
})
