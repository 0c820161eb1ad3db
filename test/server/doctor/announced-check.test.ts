import t from 'tap'
import { checkAnnounced } from '../../../src/server/doctor/announced-check.ts'
import type { Live } from '../../../src/server/doctor/finding.ts'

const look = (announced: Live['announced']) => checkAnnounced({ live: { announced } as Live })

t.test('says whether apps find the server by themselves', async (t) => {
  t.strictSame(checkAnnounced({ live: undefined }), [])
  t.strictSame(look({ type: 'off' }), [])
  t.match(look({ type: 'announced', name: 'nle on pi 1a2b3c', address: '192.168.1.5' }), [
    { level: 'ok', message: 'as "nle on pi 1a2b3c" at 192.168.1.5' },
  ])
  t.match(look({ type: 'nowhere' }), [{ level: 'note', message: /not announced/ }])
  t.match(look({ type: 'failed', reason: 'bind EADDRINUSE 224.0.0.251:5353' }), [
    { level: 'warning', message: /EADDRINUSE/, mend: /MDNS=off/ },
  ])
})
