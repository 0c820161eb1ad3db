import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { layCable, NO_NAMESPACES } from '../../helpers/namespaces.ts'
import { spawnServe } from '../../helpers/serve-process.ts'

const ENTRY = fileURLToPath(new URL('../../../bin/nle.ts', import.meta.url))
const STRANGER = fileURLToPath(new URL('stranger-program.ts', import.meta.url))
const SETTINGS = { SERVER_HOST: '0.0.0.0', CONTROL_HOST: '0.0.0.0', CONTROL_PORT: '8099' }

/** Runs a program on another machine; resolves to what it says on standard error. */
function runThere(where: readonly string[], words: readonly string[]): Promise<string> {
  const [file = '', ...rest] = [
    ...where,
    '/usr/bin/env',
    '-i',
    'HOME=/tmp/none',
    process.execPath,
    ...words,
  ]
  const child = spawn(file, rest, { stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  child.stderr.on('data', (bytes) => {
    text += String(bytes)
  })
  return new Promise((resolve) => child.on('close', () => resolve(text)))
}

t.test('another machine finds the server', { skip: NO_NAMESPACES }, async (t) => {
  const { server, app, serverAddress } = await layCable(t)
  const url = `http://${serverAddress}:8099`
  const first = spawnServe(join(t.testdir(), 'nle.sqlite'), SETTINGS, server)
  t.teardown(() => first.end('SIGKILL'))
  await first.serving
  const look = () => runThere(app, [ENTRY, 'status'])
  /** A busy machine may need more time than the command waits. */
  const finds = async (): Promise<string> => {
    let said = ''
    for (let i = 0; i < 10 && !said.includes(url); i++) said = await look()
    return said
  }
  t.match(await finds(), `use --server ${url}`)

  await runThere(app, [STRANGER, '10.77.0.2', randomBytes(4).toString('hex')])
  t.match(await finds(), url, 'whatever strangers send')

  t.equal(await first.end('SIGTERM'), 0)
  t.notMatch(await look(), url, 'a server that stopped is found no more')
})
