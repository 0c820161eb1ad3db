import type { Subnet } from '../../protocol/lan/addresses.ts'
import type { FoundThermostat } from '../../protocol/lan/settings-page.ts'
import type { SettingsPages } from './settings-page-client.ts'

/** Addresses that are asked at the same time. */
const AT_ONCE = 100
/** From connecting to the last byte; an empty network takes three times this. */
const TIMEOUT_MS = 2_000

/**
 * Looks for thermostats at every address of a subnet.
 *
 * @param progress - called with the number of addresses that are done
 * @throws NleError `invalid` when the subnet is not a home network's
 */
export async function scanNetwork(
  pages: SettingsPages,
  subnet: Subnet,
  progress: (done: number, total: number) => void = () => {},
): Promise<FoundThermostat[]> {
  const { hosts } = subnet
  for (const host of hosts.slice(0, 1)) pages.check(host)
  const found: (FoundThermostat | undefined)[] = []
  let next = 0
  let done = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < hosts.length; i = next++) {
      found[i] = await pages.look(hosts[i] ?? '', TIMEOUT_MS)
      progress(++done, hosts.length)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return found.filter((each) => each !== undefined)
}
