import t from 'tap'
import {
  type CopyFacts,
  originOf,
  wayToUpgrade,
} from '../../../src/commands/update/way-to-upgrade.ts'

const FACTS: CopyFacts = {
  executable: '/usr/local/bin/nle',
  isPackaged: false,
  isAddOn: false,
  isWritable: false,
  arch: 'arm64',
}
const WANTED = { version: '1.2.3', tag: 'v1.2.3', repository: 'someone/nle' }
const FILES = 'https://github.com/someone/nle/releases/download/v1.2.3'

const PACKAGED = { executable: '/usr/bin/nle', isPackaged: true }

t.test('each copy is upgraded in the way it came', async (t) => {
  const rows: [facts: Partial<CopyFacts>, origin: string, commands: readonly string[]][] = [
    [{}, 'executable', [`curl -fLO ${FILES}/install.sh`, `sudo sh install.sh ${FILES}`]],
    [
      { executable: '/home/a b/.local/bin/nle', isWritable: true },
      'executable',
      [`curl -fLO ${FILES}/install.sh`, `NLE_PREFIX="/home/a b/.local" sh install.sh ${FILES}`],
    ],
    [
      { executable: '/opt/nle-linux-arm64' },
      'executable',
      [`curl -fLO ${FILES}/nle-linux-arm64`, 'sudo install nle-linux-arm64 /opt/nle-linux-arm64'],
    ],
    [
      PACKAGED,
      'package',
      [`curl -fLO ${FILES}/nle_1.2.3_arm64.deb`, 'sudo apt install ./nle_1.2.3_arm64.deb'],
    ],
    [{ executable: undefined }, 'source', ['git fetch --tags', 'git checkout v1.2.3']],
    [{ executable: '/usr/bin/nle', isAddOn: true }, 'add-on', []],
    [
      { executable: '/usr/bin/nle' },
      'container',
      ['docker compose pull', 'docker compose up --detach'],
    ],
  ]
  for (const [given, origin, commands] of rows) {
    const facts = { ...FACTS, ...given }
    t.equal(originOf(facts), origin)
    t.strictSame(wayToUpgrade(facts, WANTED).commands, commands, origin)
  }
  t.match(wayToUpgrade({ ...FACTS, isAddOn: true }, WANTED).say, 'Settings')
})

t.test('another copy beside the package is no package', async (t) => {
  t.equal(originOf({ ...FACTS, isPackaged: true }), 'executable')
})
