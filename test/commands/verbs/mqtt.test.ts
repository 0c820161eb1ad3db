import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PassThrough } from 'node:stream'
import t from 'tap'
import { main } from '../../../src/commands/main.ts'
import type { Io } from '../../../src/commands/terminal/io.ts'
import { createToken } from '../../../src/server/control/guards/tokens.ts'
import { Broker, freePort, NO_BROKER, PASSWORD, USER } from '../../server/mqtt/broker.ts'
import { LoggedServer } from '../../server/mqtt/logged-server.ts'
import { nle as shell } from '../shell.ts'

/** A token for the broker's verbs, which are the owner's. */
async function ownerToken({ server }: LoggedServer): Promise<string> {
  const wanted = { name: 'owner', scope: 'admin', expiresAtMs: null, nowMs: 0 } as const
  return (await createToken(server.core.store, wanted)).token
}

/** Runs the command line on a server, with something on standard input. */
async function nle(house: LoggedServer, args: readonly string[], input = '', NLE_TOKEN?: string) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  stdin.end(input)
  const io: Io = {
    stdin,
    stdout,
    stderr,
    interactive: false,
    color: false,
    columns: 80,
    errorColumns: Number.POSITIVE_INFINITY,
    env: { NLE_TOKEN },
    nowMs: () => Date.now(),
    serversNearby: async () => [],
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    stop: new AbortController().signal,
  }
  const exitCode = await main(['mqtt', ...args, '--server', house.server.controlUrl], io)
  return {
    exitCode,
    out: String(stdout.read() ?? ''),
    err: String(stderr.read() ?? ''),
  }
}

t.test('mqtt sets, shows and forgets a broker', { skip: NO_BROKER }, async (t) => {
  const broker = await Broker.start()
  t.teardown(() => broker.stop())
  const house = await LoggedServer.open()
  t.teardown(() => house.close())
  const token = await ownerToken(house)
  const asOwner = (args: readonly string[], input = '') => nle(house, args, input, token)
  await house.pair('02AA01AC12345678')
  t.match(await asOwner(['status']), { exitCode: 0, out: /MQTT is off/ })
  const set = await asOwner(
    ['set', broker.url, '--user', USER, '--password-file', '-', '--no-raw'],
    `${PASSWORD}\n`,
  )
  t.match(set, { exitCode: 0, out: /state +connected \(MQTT 5\)/, err: '' })
  t.match(set.out, /thermostats +1\nmessages +[1-9]\d* sent/, 'counted once all is published')
  t.match(set.out, /topics +nolongerevil\/…, no raw ones/)
  const status = await asOwner(['--json'])
  t.match(JSON.parse(status.out), { connected: true, username: USER, publishRaw: false })
  t.notMatch(set.out + status.out, PASSWORD)
  const elsewhere = await asOwner(['set', 'elsewhere', '--user', USER])
  t.match(elsewhere, {
    exitCode: 2,
    err: /^nle: --password-file: the one on file .* another broker/,
  })
  t.match((await house.api('GET', '/api/mqtt-config')).brokerUrl, broker.url, 'nothing changed')
  t.match(await asOwner(['off']), { exitCode: 0, out: /forgotten/ })
  t.match(await asOwner(['off']), { exitCode: 0, out: /No broker was set/ })
})

t.test('mqtt set keeps an unreachable broker, and reports it', async (t) => {
  const house = await LoggedServer.open()
  t.teardown(() => house.close())
  const closed = `127.0.0.1:${await freePort()}`
  const stranger = { exitCode: 12, err: /Only the owner .*"nle mqtt set …" on the machine/ }
  t.match(await nle(house, ['set', closed]), stranger, 'even while there is no token')
  t.match(await house.api('GET', '/api/mqtt-config'), { configured: false })
  const answer = await nle(house, ['set', closed], '', await ownerToken(house))
  t.match(answer, { exitCode: 3, out: /not connected: .*ECONNREFUSED/, err: /is kept/ })
  t.notMatch(answer.out, /thermostats|messages/, 'nothing is counted without a connection')
  const unfit = { exitCode: 2, err: /^nle: <broker>: it has to be a host, or a URL such as mqtt:/ }
  t.match(await nle(house, ['set', 'http://broker']), unfit)
  t.match(await nle(house, ['set', '']), unfit)
  t.match(await nle(house, ['set', 'b', '--topic-prefix', 'a b']), {
    exitCode: 2,
    err: /^nle: --topic-prefix: it has to be a topic/,
  })
  const missing = { exitCode: 4, err: 'nle: There is no file /nowhere.\n' }
  t.match(await nle(house, ['set', 'b', '--ca-file', '/nowhere']), missing)
  t.match(await nle(house, ['set', 'b', '--password-file', '/nowhere']), missing)
})

t.test('mqtt set shows what it waits for, and waits for the counts', async (t) => {
  const CONFIGURED = { configured: true, connected: false, lastError: null }
  const connected = { ...CONFIGURED, connected: true, thermostats: 2, messagesRefused: 0 }
  const statuses = [
    CONFIGURED,
    { ...connected, messagesSent: 0, messagesWaiting: 0 },
    { ...connected, messagesSent: 40, messagesWaiting: 8 },
    { ...connected, messagesSent: 48, messagesWaiting: 0 },
  ]
  const server = createServer(({ url, method }, response) => {
    const body =
      url === '/health'
        ? { status: 'ok', server: 'nle' }
        : method === 'POST'
          ? { success: true, created: true }
          : (statuses.shift() ?? {})
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const ran = await shell(['mqtt', 'set', 'broker', '--server', url], { interactive: true })
  t.equal(ran.exitCode, 0)
  t.match(ran.stderr, /Connecting to the broker \(0 s\).*Connected\. Publishing the thermostats/s)
  t.match(ran.stdout, /messages +48 sent, 0 refused/)
})
