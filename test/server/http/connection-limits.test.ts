import { readFileSync } from 'node:fs'
import t from 'tap'
import { connectionLimits } from '../../../src/server/http/connection-limits.ts'

t.test('the listeners together leave descriptors for the rest', async (t) => {
  t.strictSame(connectionLimits(1_048_576), { device: 16_384, control: 2_048 })
  for (const openFiles of [512, 1_024, 4_096, 18_688, 20_000]) {
    const { device, control } = connectionLimits(openFiles)
    t.ok(device + control <= openFiles - 256, `${openFiles}: ${device} and ${control}`)
    t.ok(control >= 32)
  }
  const { device, control } = connectionLimits(Number.POSITIVE_INFINITY)
  t.strictSame([device, control], [16_384, 2_048])
})

t.test('docs/security.md says how many there are', async (t) => {
  const page = readFileSync('docs/security.md', 'utf8')
  const { device, control } = connectionLimits(Number.POSITIVE_INFINITY)
  t.match(page, `${device.toLocaleString('en')} at the device listener`)
  t.match(page, `${control.toLocaleString('en')} at the control listener`)
})
