import t from 'tap'
import { addressDoubt } from '../../src/web/views/add/address-doubt.ts'

t.test(
  'doubts an address that thermostats do not reach, and knows a better one (E4)',
  async (t) => {
    const cases: [told: string, page: string, doubt: object | undefined][] = [
      ['http://192.168.1.5:8000/entry', '192.168.1.5', undefined],
      ['http://192.168.1.5:8000/entry', '127.0.0.1', undefined],
      ['http://192.168.1.5:8000/entry', 'nle.local', undefined],
      ['http://nle.lan:8000/entry', '192.168.1.5', undefined],
      ['http://192.168.1.5:8000/entry', 'nle.example.com', undefined],
      ['http://127.0.0.1:8000/entry', '192.168.1.5', { doubt: 'loopback' }],
      [
        'http://172.17.0.2:8000/entry',
        'pi.local',
        { doubt: 'container', likely: 'http://pi.local:8000/entry' },
      ],
      [
        'http://10.88.0.3:8000/entry',
        '192.168.1.5',
        { doubt: 'container', likely: 'http://192.168.1.5:8000/entry' },
      ],
      // A home network may lie where container engines have theirs.
      ['http://172.20.1.5:8000/entry', '172.20.1.9', { doubt: 'elsewhere' }],
      [
        'https://192.168.7.5:8000/entry',
        '192.168.1.5',
        { doubt: 'elsewhere', likely: 'https://192.168.1.5:8000/entry' },
      ],
    ]
    for (const [told, page, doubt] of cases) {
      const found = addressDoubt(told, page)
      if (doubt === undefined) t.equal(found, undefined, `${told} at ${page}`)
      else t.match(found, doubt, `${told} at ${page}`)
    }
  },
)
