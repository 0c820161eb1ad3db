import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SqliteStore } from '../../../src/store/sqlite/sqlite-store.ts'
import { nle } from '../../commands/shell.ts'
import { mountingRefused, Volume } from '../../helpers/disk-limits.ts'

t.test(
  'on a disk that is full, or read-only, commands say so',
  { skip: mountingRefused() },
  async (t) => {
    const volume = Volume.small(t, 1_024)
    const path = join(volume.folder, 'nle.sqlite')
    const serve = ['serve', '--db', path, '--port', '0', '--control-port', '0']
    const full = {
      exitCode: 9,
      stderr: /nle\.sqlite cannot be opened: the disk is full\. Mend that/,
    }
    volume.fill()
    t.match(await nle(serve), full)
    t.same(readdirSync(volume.folder).sort(), ['filler', 'nle.sqlite.lock'], 'no half a database')
    volume.makeRoom()
    new SqliteStore(path, { nowMs: 0 }).close()
    volume.fill()
    t.match(await nle(serve), full, 'nor with one that is there')
    volume.makeRoom()
    const backup = join(volume.folder, 'backup.sqlite')
    t.match(await nle(['backup', backup, '--db', path]), { exitCode: 0 })
    volume.fill()
    t.match(await nle(['backup', join(volume.folder, 'b'), '--db', path]), {
      exitCode: 9,
      stderr: /\/b cannot be written: the disk is full\./,
    })
    t.match(await nle(['restore', backup, '--yes', '--db', path]), {
      exitCode: 9,
      stderr: /nle\.sqlite was not replaced: the disk is full\./,
    })
    volume.makeRoom()
    const left = readdirSync(volume.folder).filter((name) => !/-(wal|shm)$/.test(name))
    t.same(left.sort(), ['backup.sqlite', 'nle.sqlite', 'nle.sqlite.lock'])

    volume.remount('ro')
    t.match(await nle(serve), {
      exitCode: 9,
      stderr: /nle\.sqlite cannot be opened: its file system is read-only\./,
    })
    t.match(await nle(['devices', '--db', path]), { exitCode: 0 }, 'it can be looked at')
  },
)
