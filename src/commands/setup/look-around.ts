import { NleError } from '../../errors.ts'
import { isLoopbackHost } from '../../protocol/lan/addresses.ts'
import { lanAddresses } from '../../server/lan/lan-address.ts'
import { findOrigin } from '../../server/lan/origin.ts'
import { realPath } from '../../store/path.ts'
import type { ServerClient } from '../client/client.ts'
import type { ServerSearch } from '../client/find-server.ts'
import type { Invocation } from '../invocation.ts'
import type { ServiceHost } from '../service/host.ts'
import { keptOrigin } from '../service/service-settings.ts'
import { serviceState } from '../service/service-state.ts'
import { isPackaged, UNIT_PATH } from '../service/unit.ts'
import type { RunsAs, ServerFacts, SetupMachine, SetupServer, Situation } from './situation.ts'

/** The files that container engines put into every container. */
const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv']

/** What is there, and how to ask the server, if one may be asked. */
export interface LookedAround {
  readonly found: Situation
  readonly client: ServerClient | undefined
}

/** Looks at the server, this machine and its addresses. Changes nothing. */
export async function lookAround(
  call: Invocation,
  host: ServiceHost,
  imported: number | undefined,
): Promise<LookedAround> {
  const { config: given } = await call.settings()
  const machine = machineOf(host)
  // Where there are services, one is meant.
  const kept = machine.hasSystemd ? keptOrigin(host) : undefined
  const config = { ...given, apiOrigin: given.apiOrigin ?? kept }
  const addresses = lanAddresses()
  const scheme = config.certDir === undefined ? 'http' : 'https'
  const here = findOrigin(config, { port: config.serverPort, scheme }, addresses[0])
  const search = await searched(call)
  const runsAs = await runsAsOf(search, call, host, machine)
  if (!('type' in search) || search.type !== 'running') {
    const server: SetupServer =
      'type' in search
        ? search.type === 'none'
          ? { state: 'none' }
          : { state: 'silent', runsAs, why: search.error.message }
        : { state: 'closed', runsAs, why: search.closed.message }
    const { url: origin, source } = here
    const page = pageUrl(`http://127.0.0.1:${config.controlPort}`, addresses[0]?.address)
    const originIsSet = source === 'configured'
    const rest = { told: undefined, imported }
    return {
      found: { server, machine, origin, originIsSet, addresses, page, ...rest },
      client: undefined,
    }
  }
  const { client, databasePath, trouble: ill } = search
  const { told, trouble } = await toldBy(client)
  const { api_origin: origin } = await client.call('getConfig').catch(() => ({
    api_origin: search.deviceUrl ?? here.url,
  }))
  const { url } = client
  return {
    found: {
      server: { state: 'running', runsAs, url, databasePath, trouble: ill ?? trouble },
      machine,
      origin,
      originIsSet: here.source === 'configured' && here.url === origin,
      addresses,
      page: pageUrl(url, addresses[0]?.address),
      told,
      imported,
    },
    client,
  }
}

/** The server, or the error of one that only others may ask. */
async function searched(call: Invocation): Promise<ServerSearch | { readonly closed: NleError }> {
  try {
    return await call.findServer()
  } catch (error) {
    if (error instanceof NleError && error.code === 'forbidden') return { closed: error }
    throw error
  }
}

function machineOf(host: ServiceHost): SetupMachine {
  return {
    isContainer: CONTAINER_MARKS.some((path) => host.exists(path)),
    hasSystemd: host.booted(),
    isRoot: host.isRoot(),
    executable: host.executable(),
    unit: isPackaged(host) ? 'package' : host.exists(UNIT_PATH) ? 'own' : 'none',
  }
}

/** How the server is run that was found; without one it does not count. */
async function runsAsOf(
  search: ServerSearch | { readonly closed: NleError },
  call: Invocation,
  host: ServiceHost,
  machine: SetupMachine,
): Promise<RunsAs> {
  const { url } = call.choice
  if (url !== undefined && !isLoopbackHost(new URL(url).hostname)) return 'elsewhere'
  if (call.io.env.SUPERVISOR_TOKEN !== undefined) return 'add-on'
  if (machine.isContainer) return 'container'
  if (!machine.hasSystemd || machine.unit === 'none') return 'program'
  const path = 'databasePath' in search ? search.databasePath : undefined
  const isOther = path !== undefined && realPath(path) !== realPath(host.serviceDatabase)
  return !isOther && (await serviceState(host)).active === 'active' ? 'service' : 'program'
}

/** What the server tells of the steps, or why it does not. */
async function toldBy(
  client: ServerClient,
): Promise<{ readonly told: ServerFacts | undefined; readonly trouble: string | undefined }> {
  try {
    const [devices, mqtt, matter] = await Promise.all([
      client.devices(),
      client.call('getMqttConfig'),
      client.call('getMatter'),
    ])
    const paired = devices.filter(({ owner }) => owner !== null).length
    return { told: { paired, mqtt, matter }, trouble: undefined }
  } catch (error) {
    if (!(error instanceof NleError) || error.code === 'cancelled') throw error
    return { told: undefined, trouble: error.message }
  }
}

/** The page as another machine reaches it. */
function pageUrl(controlUrl: string, address: string | undefined): string {
  const url = new URL(controlUrl)
  if (isLoopbackHost(url.hostname) && address !== undefined) url.hostname = address
  // The socket of a server that this user cannot look up has no port.
  if (url.port === '' && url.protocol === 'http:') url.port = '8082'
  return url.href
}
