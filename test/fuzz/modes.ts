import { join } from 'node:path'
import { type Config, resolveConfig } from '../../src/config.ts'

/** A configuration; the fuzzer uses each in turn, on one database. */
export interface Mode {
  readonly name: string
  readonly config: Config
}

export function modes(folder: string): [Mode, ...Mode[]] {
  const { config } = resolveConfig({ serverHost: '127.0.0.1', controlHost: '127.0.0.1' }, {})
  const common: Config = {
    ...config,
    serverPort: 0,
    controlPort: 0,
    suspendTimeMaxS: 5,
    // Nothing answers there, and no other machine is contacted.
    weatherUrl: 'http://127.0.0.1:9/',
  }
  return [
    { name: 'default', config: common },
    { name: 'guarded', config: { ...common, requireToken: true, deviceAuth: 'pin' } },
    {
      name: 'logging everything',
      config: {
        ...common,
        requireDevicePairing: true,
        maxSubscriptionsPerDevice: 2,
        storeDeviceLogs: true,
        deviceLogsDir: join(folder, 'logs'),
        debugLogging: true,
        debugLogsDir: join(folder, 'requests'),
      },
    },
  ]
}
