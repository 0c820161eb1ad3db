import { networkInterfaces } from 'node:os'

export interface LanAddress {
  readonly address: string
  readonly interfaceName: string
}

type Interfaces = ReturnType<typeof networkInterfaces>

/** Bridges and tunnels of containers, virtual machines and VPNs: no thermostat is behind them. */
const VIRTUAL = /^(docker|br-|veth|virbr|vmnet|vboxnet|tun|tap|wg|tailscale|zt|podman|cni|flannel)/

/**
 * The IPv4 address of this machine that a thermostat on the LAN can most likely reach (`E4`):
 * private addresses of real interfaces first, never a loopback one.
 */
export function lanAddress(interfaces: Interfaces = networkInterfaces()): LanAddress | undefined {
  const candidates = Object.entries(interfaces).flatMap(([interfaceName, addresses]) =>
    (addresses ?? [])
      .filter(({ family, internal }) => family === 'IPv4' && !internal)
      .map(({ address }) => ({ address, interfaceName })),
  )
  const rank = ({ address, interfaceName }: LanAddress): number =>
    (VIRTUAL.test(interfaceName) ? 10 : 0) +
    (address.startsWith('169.254.') ? 5 : 0) +
    (isPrivate(address) ? 0 : 2)
  return candidates.sort((a, b) => rank(a) - rank(b))[0]
}

/** Whether an IPv4 address is one of a home network (RFC 1918). */
export function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address)
}

/** Whether nobody but this machine can reach an address. */
export function isLoopback(address: string): boolean {
  return /^(127\.|::1$|localhost$)/.test(address)
}
