import { networkInterfaces } from 'node:os'
import { type AddressKind, parseIp } from '../../protocol/lan/addresses.ts'

export interface LanAddress {
  readonly address: string
  readonly interfaceName: string
}

type Interfaces = ReturnType<typeof networkInterfaces>

/** Bridges and tunnels of containers, virtual machines and VPNs: no thermostat uses them. */
const VIRTUAL =
  /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|wg|tailscale|zt|podman|cni|flannel|hassio)/

/** Whether an interface leads to no home network. */
export function isVirtual(interfaceName: string): boolean {
  return VIRTUAL.test(interfaceName)
}

/** A thermostat reaches addresses of a lower rank more likely. */
const RANKS: Partial<Record<AddressKind, number>> = { private: 0, global: 1, 'link-local': 2 }

/** The one that a thermostat on the LAN can most likely reach (`E4`). */
export function lanAddress(interfaces?: Interfaces): LanAddress | undefined {
  return lanAddresses(interfaces)[0]
}

/**
 * The IPv4 addresses of this machine, the one that a thermostat on the LAN can most likely reach first:
 * private addresses of real interfaces, never a loopback one.
 */
export function lanAddresses(interfaces: Interfaces = networkInterfaces()): LanAddress[] {
  const candidates = Object.entries(interfaces).flatMap(([interfaceName, addresses]) =>
    (addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ({ address, interfaceName })),
  )
  const rank = ({ address, interfaceName }: LanAddress): number =>
    (isVirtual(interfaceName) ? 10 : 0) + (RANKS[parseIp(address)?.kind ?? 'global'] ?? 1)
  return candidates.sort((a, b) => rank(a) - rank(b))
}

/**
 * The network interface on which apps look for the Matter bridge: the one of `lanAddress` unless it was named.
 *
 * @param named - a name, or `all`
 * @returns null for every interface
 */
export function bridgeInterface(named: string | undefined, lan: LanAddress | undefined) {
  if (named === 'all') return null
  return named ?? lan?.interfaceName ?? null
}
