import {
  Endpoint,
  Environment,
  Logger,
  LogLevel,
  ServerNode,
  StorageService,
  VendorId,
} from '@matter/main'
import { AggregatorEndpoint } from '@matter/main/endpoints/aggregator'
import { DeviceCommissioner, FabricManager } from '@matter/main/protocol'
import type { BridgedStatus, Features } from '../protocol/matter/bridged-status.ts'
import type { BridgeStart, Fabric } from '../protocol/matter/messages.ts'
import { fabricName } from '../protocol/matter/vendors.ts'
import { fanPart } from './fan-endpoint.ts'
import { hotWaterPart } from './hot-water-endpoint.ts'
import { humidityPart } from './humidity-endpoint.ts'
import { type Keep, KeptStorage } from './kept-storage.ts'
import type { Part, PartHost, PartKind, Wrote } from './part.ts'
import type { ShownEndpoint } from './shown-endpoint.ts'
import { thermostatPart } from './thermostat-endpoint.ts'

/** For tests and development: nle is not certified, so it has no ids of its own. */
const TEST_VENDOR = 0xfff1
const TEST_PRODUCT = 0x8000
const BRIDGE_NAME = 'nle'
/** How long "nle matter pair" lets another controller in. */
const WINDOW_MS = 15 * 60_000
/** Controllers of one household, generously. */
const MAX_FABRICS = 16

/** Told what Matter warns of, and which part of it does. */
type LogMatter = (level: 'warn' | 'error', facility: string, text: string) => void

type Node = ServerNode<ServerNode.RootEndpoint>

/** The Matter node: what controllers find on the network, with one endpoint for each part of a thermostat. */
export class Bridge implements PartHost {
  readonly #node: Node
  readonly #aggregator: Endpoint
  #windowUntilMs: number | null = null
  #windowTimer: NodeJS.Timeout | undefined
  #changed = (): void => {}

  private constructor(node: Node, aggregator: Endpoint) {
    this.#node = node
    this.#aggregator = aggregator
  }

  /**
   * Makes the node, not yet on the network.
   */
  static async create(start: BridgeStart, keep: Keep, log: LogMatter): Promise<Bridge> {
    sendLog(log)
    const environment = Environment.default
    const storage = new KeptStorage(start.kept, keep)
    const service = environment.get(StorageService)
    service.registerDriver({ id: KeptStorage.id, create: () => storage })
    service.configuredDriver = KeptStorage.id
    if (start.interfaceName !== null) {
      environment.vars.set('mdns.networkInterface', start.interfaceName)
    }
    const node = await ServerNode.create({
      id: 'nle',
      network: { port: start.port },
      commissioning: { passcode: start.passcode, discriminator: start.discriminator },
      productDescription: { name: BRIDGE_NAME, deviceType: AggregatorEndpoint.deviceType },
      operationalCredentials: { supportedFabrics: MAX_FABRICS },
      basicInformation: {
        vendorName: 'nle',
        vendorId: VendorId(TEST_VENDOR),
        productId: TEST_PRODUCT,
        productName: 'Matter bridge',
        nodeLabel: BRIDGE_NAME,
        hardwareVersion: 1,
        softwareVersion: 1,
        softwareVersionString: start.version.slice(0, 64),
        serialNumber: `nle-${start.discriminator}`,
        uniqueId: `nle-bridge-${start.discriminator}`,
      },
    })
    const aggregator = new Endpoint(AggregatorEndpoint, { id: 'thermostats' })
    await node.add(aggregator)
    return new Bridge(node, aggregator)
  }

  /** Goes on the network. */
  async start(): Promise<void> {
    await this.#node.start()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#windowTimer)
    await this.#node.close()
  }

  async add(
    kind: PartKind,
    status: BridgedStatus,
    features: Features,
    wrote: Wrote,
  ): Promise<Part> {
    const { endpoint, show } = endpointOf(kind, status, features, wrote)
    await this.#aggregator.add(endpoint)
    return { show, remove: () => endpoint.close() }
  }

  /** Calls back when controllers are added or removed, or the window opens or closes. */
  onChange(changed: () => void): void {
    this.#changed = changed
    this.#node.events.commissioning.fabricsChanged.on(() => {
      if (this.fabrics().length > 0) this.#closedWindow()
      changed()
    })
  }

  /** Calls back after the last controller was taken off: the node forgets everything then, and starts anew. */
  onReset(isReset: () => void): void {
    const { lifecycle } = this.#node
    lifecycle.decommissioned.on(() => {
      lifecycle.online.once(() => isReset())
    })
  }

  codes(): { readonly manualCode: string; readonly qrCode: string } {
    const { manualPairingCode, qrPairingCode } = this.#node.state.commissioning.pairingCodes
    return { manualCode: manualPairingCode, qrCode: qrPairingCode }
  }

  fabrics(): Fabric[] {
    return Object.values(this.#node.state.commissioning.fabrics).map(
      ({ fabricIndex, rootVendorId, label }) => ({
        index: fabricIndex,
        name: fabricName(rootVendorId, label),
        vendor: rootVendorId,
      }),
    )
  }

  /** Until when a controller may be added, ms since epoch; zero while there is no end, null for not now. */
  windowUntilMs(): number | null {
    return this.fabrics().length === 0 ? 0 : this.#windowUntilMs
  }

  /** Lets another controller in, with the code of the first one. */
  async openWindow(nowMs: number): Promise<void> {
    const commissioner = this.#node.env.get(DeviceCommissioner)
    await commissioner.allowBasicCommissioning()
    // Before the first controller it stays open. Only many wrong codes close it.
    if (this.fabrics().length === 0) return
    this.#windowUntilMs = nowMs + WINDOW_MS
    clearTimeout(this.#windowTimer)
    this.#windowTimer = setTimeout(() => {
      this.#closedWindow()
      this.#changed()
      void commissioner.endCommissioning()
    }, WINDOW_MS)
  }

  /** Takes a controller off. @throws when there is none of this index */
  async removeFabric(index: number): Promise<void> {
    const fabric = this.#node.env
      .get(FabricManager)
      .fabrics.find((each) => each.fabricIndex === index)
    if (fabric === undefined) throw new Error(`There is no controller ${index}.`)
    await fabric.leave()
  }

  #closedWindow(): void {
    clearTimeout(this.#windowTimer)
    this.#windowUntilMs = null
  }
}

function endpointOf(
  kind: PartKind,
  status: BridgedStatus,
  features: Features,
  wrote: Wrote,
): ShownEndpoint {
  switch (kind) {
    case 'thermostat':
      return thermostatPart(status, features, wrote)
    case 'humidity':
      return humidityPart(status)
    case 'fan':
      return fanPart(status, wrote)
    case 'hotWater':
      return hotWaterPart(status, wrote, Date.now)
  }
}

function sendLog(log: LogMatter): void {
  Logger.level = LogLevel.WARN
  Logger.format = 'plain'
  const destination = Logger.destinations.default
  if (destination === undefined) return
  destination.write = (text, { level, facility }) =>
    // Without the time, the level and the facility in front.
    log(
      level >= LogLevel.ERROR ? 'error' : 'warn',
      facility,
      text.replace(/^\S+ \S+ \w+ +\S+ /, ''),
    )
}
