import { execFile } from 'node:child_process'
import { chmodSync, lstatSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { socketAccess } from '../../../src/commands/client/socket-access.ts'
import { socketFolder, startHome } from '../../helpers/home.ts'
import { nle } from '../shell.ts'

const ENTRY = join(import.meta.dirname, '..', '..', '..', 'bin', 'nle.ts')
/** A user that owns nothing; only root can become it. */
const NOBODY = 65_534

async function socketIn(t: Test, folder: string): Promise<string> {
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'nle.sock')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  t.teardown(() => server.close())
  return path
}

t.test('only a socket of this user, of root or of its folder’s owner is taken', async (t) => {
  const folder = socketFolder()
  const path = await socketIn(t, folder)
  t.equal(socketAccess(path), 'open')
  t.equal(socketAccess(join(folder, 'none')), 'none')
  writeFileSync(join(folder, 'file'), '')
  t.equal(socketAccess(join(folder, 'file')), 'none')
  const { uid } = lstatSync(path)
  const other = { ...lstatSync(path), isSocket: () => true, uid: uid + 1 }
  const owners = (folderUid: number) => (each: string) =>
    each === path ? other : { ...other, uid: folderUid }
  t.equal(socketAccess(path, uid, owners(uid)), 'none', 'somebody else has put it there')
  t.equal(socketAccess(path, uid, owners(uid + 1)), 'open', 'as the folder’s owner may')
})

/** Runs the command line as a user who may neither read this database nor open its socket. */
function asStranger(args: readonly string[], databasePath: string) {
  const isRoot = process.getuid?.() === 0
  // A user without the rights of root is shut out by the mode, even as the owner.
  if (!isRoot) for (const path of [databasePath, `${databasePath}.sock`]) chmodSync(path, 0)
  const options = { env: { HOME: '/nonexistent' }, ...(isRoot ? { uid: NOBODY } : {}) }
  return new Promise<{ exitCode: unknown; stderr: string }>((resolve) =>
    execFile(
      process.execPath,
      [ENTRY, ...args, '--db', databasePath],
      options,
      (error, _, stderr) => resolve({ exitCode: error?.code ?? 0, stderr }),
    ),
  )
}

t.test('a user who may not open the socket is told to use sudo or a token', async (t) => {
  const home = await startHome(t)
  const { databasePath } = home
  chmodSync(join(databasePath, '..'), 0o755)
  t.match(await asStranger(['devices'], databasePath), {
    exitCode: 11,
    stderr: /Only root and the server's own user may open.*sudo.*NLE_TOKEN/,
  })
})

t.test('commands use the socket by themselves; --server means the port', async (t) => {
  const home = await startHome(t, { config: { requireToken: true } })
  const { databasePath, server } = home
  const listed = await nle(['devices', '--json', '--db', databasePath])
  t.match(JSON.parse(listed.stdout), { server: server.controlUrl }, 'and show the URL')
  const stop = new AbortController()
  const watching = await nle(['watch', '--db', databasePath], {
    stop: stop.signal,
    onError: (text) => text.includes(`Watching ${server.controlUrl}`) && stop.abort(),
  })
  t.equal(watching.exitCode, 0, watching.stderr)
  t.equal((await nle(['mqtt', 'off', '--db', databasePath])).exitCode, 0)
  t.equal((await nle(['devices', '--server', server.controlUrl])).exitCode, 12)
})
