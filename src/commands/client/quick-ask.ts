import { type Answer, requestTarget } from '../../api/endpoints.ts'
import type { Status } from '../../api/shapes.ts'
import { isObject, type JsonObject } from '../../protocol/bucket.ts'
import { SERVICE_SOCKET, socketsOfDatabase } from '../../store/socket-path.ts'
import { type ServerChoice, tokenOf } from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'
import { USUAL_URL } from './find-server.ts'
import { bearer, type ServerAddress } from './http-json.ts'
import { socketAccess } from './socket-access.ts'

/** More are no help to choose from. */
const MAX_DEVICES = 200
const MAX_ANSWER_BYTES = 2_000_000

type QuickIo = Pick<Io, 'env' | 'stop'>

/** The thermostats of the running server, for completion; none when no server answers, or not with thermostats. */
export async function quickDevices(choice: ServerChoice, io: QuickIo): Promise<Status[]> {
  const target = requestTarget('listDevices', { query: { all: '1', limit: MAX_DEVICES } })
  const answer = await quickAsk(choice, io, target, (body) => Array.isArray(body.devices))
  return (answer as { readonly devices: Status[] } | undefined)?.devices ?? []
}

/** What the running server says of itself; undefined when it has to be found in another way. */
export async function quickHealth(
  choice: ServerChoice,
  io: QuickIo,
): Promise<Answer<'getHealth'> | undefined> {
  const target = requestTarget('getHealth', {})
  const answer = await quickAsk(choice, io, target, ({ server }) => server === 'nle')
  return answer as Answer<'getHealth'> | undefined
}

/**
 * Asks the running server without the database and without undici, which take longer to load than a person waits at a
 * key, and more than a check every half a minute should cost.
 *
 * @param isRight - whether an answer is the one of an nle server
 */
async function quickAsk(
  choice: ServerChoice,
  { env, stop }: QuickIo,
  target: string,
  isRight: (body: JsonObject) => boolean,
): Promise<JsonObject | undefined> {
  const headers = bearer(tokenOf(env))
  for (const address of quickAddresses(choice)) {
    try {
      const body = JSON.parse(await ask(address, target, { headers, signal: stop }))
      if (isObject(body) && isRight(body)) return body
    } catch {
      // A killed server leaves its socket; the next address may be that of one that lives.
    }
  }
  return undefined
}

/** Where `findServer` would look, as far as it shows without the database: an address, or open sockets. */
function quickAddresses({ url, databasePath, databaseNamed }: ServerChoice): ServerAddress[] {
  if (url !== undefined) return [{ url }]
  const own = socketsOfDatabase(databasePath)
  const sockets = (databaseNamed ? own : [...own, SERVICE_SOCKET])
    .filter((path) => socketAccess(path) === 'open')
    .map((socketPath) => ({ url: 'http://localhost', socketPath }))
  return databaseNamed ? sockets : [...sockets, { url: USUAL_URL }]
}

function ask(
  { url, socketPath }: ServerAddress,
  target: string,
  { headers, signal }: { headers: Readonly<Record<string, string>>; signal: AbortSignal },
): Promise<string> {
  // `import` would load fetch as well.
  const { get } = process.getBuiltinModule(url.startsWith('https:') ? 'node:https' : 'node:http')
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const options = { headers: { ...headers }, signal, agent: false as const }
  const request = get(
    url + target,
    socketPath === undefined ? options : { ...options, socketPath },
    async (answer) => {
      try {
        let text = ''
        answer.setEncoding('utf8')
        for await (const part of answer) {
          text += String(part)
          if (text.length > MAX_ANSWER_BYTES) throw new Error('the answer is too long')
        }
        resolve(text)
      } catch (error) {
        request.destroy()
        reject(error)
      }
    },
  )
  request.on('error', reject)
  return promise
}
