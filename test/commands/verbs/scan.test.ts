import t from 'tap'
import { main } from '../../../src/commands/main.ts'
import { progressBar } from '../../../src/commands/terminal/progress.ts'
import { foundLines } from '../../../src/commands/verbs/scan.ts'
import { memoryIo } from '../memory-io.ts'

t.test('lists found thermostats with the server they use', async (t) => {
  const found = [
    { ip: '192.168.1.9', device_name: 'Hall', cloudregisterurl: 'x', configured: true },
    { ip: '192.168.1.20', device_name: null, cloudregisterurl: null, configured: false },
    {
      ip: '192.168.1.21',
      device_name: 'A\u001b[2J',
      cloudregisterurl: 'http://o',
      configured: false,
    },
  ]
  t.strictSame(foundLines(found), [
    '192.168.1.9   Hall   uses this server',
    '192.168.1.20  -      uses no server',
    '192.168.1.21  A?[2J  uses http://o',
  ])
})

t.test('refuses addresses outside the home network before it sends anything', async (t) => {
  const rows: [string[], RegExp][] = [
    [['scan', '--subnet', '8.8.8.0/24'], /home network/],
    [['scan', '--subnet', 'nest.local'], /--subnet .*192\.168\.1\.0\/24/],
    [['scan', '--api-origin', 'http://nest.local:8000'], /names no address/],
    [['configure', '1.1.1.1', '--api-origin', 'http://10.0.0.5:8000'], /home network/],
    [['configure', '127.0.0.1', '--api-origin', 'http://10.0.0.5:8000'], /home network/],
  ]
  for (const [args, message] of rows) {
    const { io, stderr } = memoryIo()
    t.equal(await main(args, io), 2, args.join(' '))
    t.match(stderr(), message)
  }
})

t.test('shows a progress bar only on a terminal', async (t) => {
  const terminal = memoryIo({ interactive: true })
  const bar = progressBar(terminal.io, 'looking')
  bar.show(127, 254)
  bar.clear()
  t.match(terminal.stderr(), /█{12}░{12} looking \(127 of 254\)/)
  const file = memoryIo()
  progressBar(file.io, 'looking').show(1, 2)
  t.equal(file.stderr(), '')
})
