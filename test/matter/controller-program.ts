import '@matter/nodejs'
import { Environment, Logger, LogLevel } from '@matter/main'
import { ManualPairingCodeCodec } from '@matter/main/types'
import { CommissioningController } from '@project-chip/matter.js'
import type { Endpoint, PairedNode } from '@project-chip/matter.js/device'
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
  const id = await controller.commissionNode({
    commissioning: {},
    discovery: { identifierData: { shortDiscriminator }, discoveryCapabilities: {} },
    passcode,
  } as never)
  node = await controller.getNode(id)
  node.events.attributeChanged.on(({ path, value }) => {
    say({ event: 'attribute', endpoint: path.endpointId, attribute: path.attributeName, value })
  })
  node.events.stateChanged.on((state) => say({ event: 'state', state }))
  node.events.structureChanged.on(() => say({ event: 'structure' }))
  if (!node.isConnected) node.connect()
  if (!node.initialized) await node.events.initialized
}

/** The endpoints behind the bridge. */
function bridged(): Endpoint[] {
  const [aggregator] = node?.getDevices() ?? []
  return aggregator?.getChildEndpoints() ?? []
}

function attribute(endpoint: number, cluster: string, name: string) {
  const found = bridged().find(({ number }) => number === endpoint)
  const client = found?.getAllClusterClients().find((each) => each.name === cluster)
  const attributes = client?.attributes as unknown as Record<
    string,
    { get(fromDevice?: boolean): Promise<unknown>; set(value: unknown): Promise<void> }
  >
  const one = attributes?.[name]
  if (one === undefined) throw new Error(`endpoint ${endpoint} has no ${cluster}.${name}`)
  return one
}

const INFORMATION = 'BridgedDeviceBasicInformation'

answerLines(async ({ do: what, code, endpoint, cluster, attribute: name, value }) => {
  const at = () => attribute(Number(endpoint), String(cluster), String(name))
  switch (what) {
    case 'commission':
      return commission(String(code))
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
    default:
      throw new Error(`what is ${what}?`)
  }
})
