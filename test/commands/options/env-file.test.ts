import t from 'tap'
import { parseEnvFile } from '../../../src/commands/options/env-file.ts'
import { readSettings } from '../../../src/commands/options/settings.ts'
import { memoryIo } from '../memory-io.ts'

t.test('reports the numbers of lines that are no assignments', async (t) => {
  const { variables, ignored } = parseEnvFile(
    '# comment\n\nFOO BAR\nSERVER_PORT=9003\n  two words = 3\n',
  )
  t.equal(variables.SERVER_PORT, '9003')
  t.strictSame(ignored, [3, 5])
})

t.test('accepts the ways in which people write assignments and comments', async (t) => {
  const texts = [
    '\uFEFFexport A=1\n',
    'A =1\r\nB= "x"\r\n',
    'A=',
    'CA="-----BEGIN\nMIIB words\n-----END"\nB=2',
    "A=it's\nB='x # y'\n",
    '   # indented comment\n',
  ]
  for (const text of texts) t.strictSame(parseEnvFile(text).ignored, [], text)
  t.strictSame(parseEnvFile('A="never closed\nno value\n').ignored, [2])
})

t.test('reading the settings names ignored lines without their text', async (t) => {
  const folder = t.testdir({ '.env': 'SERVER_PORT=9003\nMQTT_PASSWORD secret\nmore of it\n' })
  const { io, stderr } = memoryIo()
  t.equal(readSettings({}, io, folder).config.serverPort, 9003)
  t.equal(stderr(), `${folder}/.env: lines 2 and 3 are ignored, for they are not NAME=value.\n`)
})
