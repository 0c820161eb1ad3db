import type { Machine } from '../../src/server/doctor/machine.ts'

/** A machine on which the doctor finds nothing wrong, with the changes of a test. */
export function healthyMachine(changes: Partial<Machine> = {}): Machine {
  return {
    isFree: async () => true,
    ask: async () => undefined,
    lan: () => ({ address: '192.168.1.5', interfaceName: 'eth0' }),
    ownAddresses: () => ['127.0.0.1', '192.168.1.5'],
    hasIpv6: () => true,
    hearsMulticast: async () => true,
    clockFollows: async () => true,
    freeBytes: () => 10 ** 10,
    isWritable: () => true,
    ...changes,
  }
}
