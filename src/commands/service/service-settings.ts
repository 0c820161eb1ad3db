import { resolveConfig, SETTINGS } from '../../config.ts'
import { parseEnvFile } from '../options/env-file.ts'
import type { ServiceHost } from './host.ts'

/** The environment of the service: a NAME=value a line. */
export const SERVICE_SETTINGS = '/etc/default/nle'

const { env: ORIGIN } = SETTINGS.apiOrigin

/** The origin that the settings of the service name; undefined when they name none that counts. */
export function keptOrigin(host: ServiceHost): string | undefined {
  const written = parseEnvFile(host.read(SERVICE_SETTINGS) ?? '').variables[ORIGIN]
  try {
    return written ? resolveConfig({ apiOrigin: written }, {}).config.apiOrigin : undefined
  } catch {
    // "nle serve" and "nle doctor" say what is wrong with it.
    return undefined
  }
}

/** Keeps the origin in the settings of the service, which reads them at its next start. */
export function keepOrigin(host: ServiceHost, origin: string): void {
  host.write(SERVICE_SETTINGS, withVariable(host.read(SERVICE_SETTINGS) ?? '', ORIGIN, origin))
}

/** The text of an environment file with a variable set; its other lines stay as they are. */
export function withVariable(text: string, name: string, value: string): string {
  const lines = text === '' ? [] : text.replace(/\n$/, '').split('\n')
  const isOfName = (line: string): boolean => line.trimStart().startsWith(`${name}=`)
  const others = lines.filter((line) => !isOfName(line))
  const at = lines.findIndex(isOfName)
  const written = others.toSpliced(at === -1 ? others.length : at, 0, `${name}=${value}`)
  return `${written.join('\n')}\n`
}
