import { type RawServerOptions, serverChoice } from '../options/server-options.ts'
import { type SettingFlags, settingsHere } from '../options/settings.ts'
import type { Io } from '../terminal/io.ts'
import { note } from '../terminal/print.ts'
import { findServer } from './find-server.ts'

/**
 * The origin that thermostats are told: the configured one, else that of the running server, else the
 * one that a server started here with these settings would have.
 */
export async function ownOrigin(flags: SettingFlags & RawServerOptions, io: Io): Promise<string> {
  const { config } = await settingsHere(flags, io)
  if (config.apiOrigin !== undefined && flags.server === undefined) return config.apiOrigin
  const found = await findServer(serverChoice(flags, io.env), io)
  if (found.type === 'running') {
    return found.deviceUrl ?? (await found.client.call('getConfig')).api_origin
  }
  const [{ findOrigin }, { lanAddress }] = await Promise.all([
    import('../../server/lan/origin.ts'),
    import('../../server/lan/lan-address.ts'),
  ])
  const scheme = config.certDir === undefined ? 'http' : 'https'
  const { url } = findOrigin(config, { port: config.serverPort, scheme }, lanAddress())
  note(io, `No server runs here now; ${url} is what one would tell thermostats.`)
  return url
}

/** Access to the settings pages of thermostats. */
export async function settingsPages(origin: string, allowLoopback: boolean) {
  const [{ SettingsPages }, { systemClock }] = await Promise.all([
    import('../../server/lan/settings-page-client.ts'),
    import('../../server/core/clock.ts'),
  ])
  return new SettingsPages({ origin, clock: systemClock(), allowLoopback })
}
