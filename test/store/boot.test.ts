import t from 'tap'
import { machineBoot } from '../../src/store/boot.ts'

t.test('the boot that systemd names is the one that the kernel names', async (t) => {
  const id = '3b241101-e2bb-4255-8caf-4136c566a962'
  const byService = machineBoot({ NLE_BOOT_ID: id.replaceAll('-', '') })
  t.match(machineBoot({ NLE_BOOT_ID: id }), { id: byService?.id })
  t.ok((byService?.elapsedMs ?? 0) > 0)
  const { id: byKernel, elapsedMs = 0 } = machineBoot({}) ?? {}
  if (byKernel !== undefined) t.match(byKernel, /^[0-9a-f]{32}$/)
  t.ok((machineBoot({})?.elapsedMs ?? 0) >= elapsedMs, 'time passes')
})
