import t from 'tap'
import { quoteForExec, unfitExecutable, unitText } from '../../../src/commands/service/unit.ts'
import { ERROR_CODES } from '../../../src/errors.ts'

t.test('the unit starts the given executable', async (t) => {
  t.match(unitText('/usr/local/bin/nle'), '\nExecStart=/usr/local/bin/nle serve\n')
})

t.test('the unit gives nle its own folder and no rights', async (t) => {
  const unit = unitText('/usr/bin/nle')
  for (const line of [
    'Type=notify',
    'NotifyAccess=all',
    'Restart=on-failure',
    'DynamicUser=yes',
    'StateDirectory=nle',
    'RuntimeDirectory=nle',
    'Environment=NLE_BOOT_ID=%b',
    `RestartPreventExitStatus=${ERROR_CODES.invalid.exit} ${ERROR_CODES.unfit.exit}`,
    'ProtectSystem=strict',
    'NoNewPrivileges=yes',
    'CapabilityBoundingSet=',
  ]) {
    t.ok(unit.split('\n').includes(line), line)
  }
  t.notMatch(unit, /^MemoryDenyWriteExecute=/m, 'V8 could not run')
})

t.test('a path with unusual characters stays one word', async (t) => {
  const rows: [string, string][] = [
    ['/usr/local/bin/nle', '/usr/local/bin/nle'],
    ['/opt/my apps/nle', '"/opt/my apps/nle"'],
    ['/opt/100%/nle', '/opt/100%%/nle'],
    ['/opt/a"b\\c/nle', '"/opt/a\\"b\\\\c/nle"'],
    ['/opt/$HOME/nle', '"/opt/$$HOME/nle"'],
  ]
  for (const [path, word] of rows) t.equal(quoteForExec(path), word, path)
})

t.test('refuses an executable that the service could not see', async (t) => {
  t.equal(unfitExecutable('/usr/local/bin/nle'), undefined)
  t.equal(unfitExecutable('/opt/nle/nle'), undefined)
  t.match(unfitExecutable('nle'), /absolute/)
  t.match(unfitExecutable('/home/pi/nle'), /home folders/)
  t.match(unfitExecutable('/root/nle'), /home folders/)
  t.match(unfitExecutable('/tmp/nle'), /temporary/)
  t.match(unfitExecutable('/opt/n\nle'), /control characters/)
})
