import '@matter/nodejs'
import { Environment, Logger, LogLevel } from '@matter/main'
import { ManualPairingCodeCodec } from '@matter/main/types'
import { CommissioningController } from '@project-chip/matter.js'
import { type Endpoint, NodeStates, type PairedNode } from '@project-chip/matter.js/device'
import { answerLines, say } from './answering.ts'

// A Matter controller as a program of its own, such as the app on a phone:
//   node controller-program.ts <folder for what it keeps>
const [folder = ''] = process.argv.slice(2)
Logger.level = LogLevel.FATAL
const environment = Environment.default
environment.vars.set('storage.path', folder)
const controller = new CommissioningController({
  environment: { environment, id: 'controller' },
  autoConnect: false,
  adminFabricLabel: 'Phone',
})
await controller.start()
let node: PairedNode | undefined

async function commission(code: string): Promise<void> {
  const { shortDiscriminator, passcode } = ManualPairingCodeCodec.decode(code)
  await controller.commissionNode({
    commissioning: {},
    discovery: { identifierData: { shortDiscriminator }, discoveryCapabilities: {} },
    passcode,
  } as never)
}

/** Follows the bridge that was commissioned, now or by an earlier process. */
async function follow(): Promise<void> {
  const [id] = controller.getCommissionedNodes()
  if (id === undefined) throw new Error('nothing was commissioned')
  node = await controller.getNode(id)
  node.events.attributeChanged.on(({ path, value }) => {
    say({ event: 'attribute', endpoint: path.endpointId, attribute: path.attributeName, value })
  })
  node.events.structureChanged.on(() => say({ event: 'structure' }))
  const { events } = node
  const isConnected = new Promise<void>((resolve) => {
    events.stateChanged.on((state) => {
      if (state === NodeStates.Connected) resolve()
    })
  })
  if (!node.initialized) await events.initialized
  if (node.isConnected) return
  node.connect()
  await isConnected
}

/** The endpoints behind the bridge. */
function bridged(): Endpoint[] {
  const [aggregator] = node?.getDevices() ?? []
  return aggregator?.getChildEndpoints() ?? []
}

type Named<T> = Readonly<Record<string, T | undefined>>

/** The client of a cluster of an endpoint, by its name. */
function clientOf(endpoint: number, cluster: string) {
  const found = bridged().find(({ number }) => number === endpoint)
  const client = found?.getAllClusterClients().find((each) => each.name === cluster)
  if (client === undefined) throw new Error(`endpoint ${endpoint} has no ${cluster}`)
  return client as unknown as {
    readonly attributes: Named<{
      get(fromDevice?: boolean): Promise<unknown>
      set(value: unknown): Promise<void>
    }>
    readonly commands: Named<() => Promise<unknown>>
  }
}

function attribute(endpoint: number, cluster: string, name: string) {
  const found = clientOf(endpoint, cluster).attributes[name]
  if (found === undefined) throw new Error(`endpoint ${endpoint} has no ${cluster}.${name}`)
  return found
}

const INFORMATION = 'BridgedDeviceBasicInformation'

answerLines(async ({ do: what, code, endpoint, cluster, attribute: name, command, value }) => {
  const at = () => attribute(Number(endpoint), String(cluster), String(name))
  switch (what) {
    case 'commission':
      await commission(String(code))
      return follow()
    case 'follow':
      return follow()
    case 'endpoints':
      return Promise.all(
        bridged().map(async ({ number, name }) => ({
          number,
          type: name.replace('MA-', ''),
          serial: await attribute(number ?? 0, INFORMATION, 'serialNumber').get(),
          label: await attribute(number ?? 0, INFORMATION, 'nodeLabel').get(),
        })),
      )
    case 'read':
      return at().get(true)
    case 'write':
      return at().set(value)
    case 'invoke':
      return clientOf(Number(endpoint), String(cluster)).commands[String(command)]?.()
    default:
      throw new Error(`what is ${what}?`)
  }
})
