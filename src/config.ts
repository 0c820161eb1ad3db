import { NleError } from './errors.ts'
import { explicitOrigin } from './protocol/entry.ts'
import { MIN_ENTRY_KEY_TTL_S } from './protocol/pairing.ts'

/**
 * The settings of the server, each declared once: name, flag, environment variable, default, parser,
 * one line of help. `nle serve`, its help and docs/configuration.md all come from this table.
 */
export interface Setting<T> {
  /** Long flag of `nle serve`, with its placeholder; none for environment-only settings. */
  readonly flag: string
  readonly env: string
  /** As a person would write it; undefined when nle finds it by itself. */
  readonly fallback: string | undefined
  readonly help: string
  /** @throws NleError `invalid` in words that name what is allowed */
  parse(text: string): T
}

export interface Config {
  /** What thermostats are told; undefined: the address they reached. */
  readonly apiOrigin: string | undefined
  readonly serverHost: string
  readonly serverPort: number
  readonly controlHost: string
  readonly controlPort: number
  readonly entryKeyTtlS: number
  readonly suspendTimeMaxS: number
  readonly deferDeviceWindowS: number
  readonly disableDeferWindowS: number
  readonly maxSubscriptionsPerDevice: number
  readonly databasePath: string | undefined
  readonly logFormat: 'text' | 'json'
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error'
  readonly corsOrigins: readonly string[]
  readonly allowedHosts: readonly string[]
}

type Settings = { readonly [Name in keyof Config]: Setting<Config[Name]> }

export const SETTINGS: Settings = {
  apiOrigin: {
    flag: '--api-origin <url>',
    env: 'API_ORIGIN',
    fallback: undefined,
    help: 'origin that thermostats are told to use (default: the address they reached)',
    parse: parseOrigin,
  },
  serverHost: {
    flag: '--host <address>',
    env: 'SERVER_HOST',
    fallback: '0.0.0.0',
    help: 'address the device listener listens on',
    parse: parseHost,
  },
  serverPort: {
    flag: '--port <number>',
    env: 'SERVER_PORT',
    fallback: '8000',
    help: 'port of the device listener',
    parse: wholeNumber(0, 65535),
  },
  controlHost: {
    flag: '--control-host <address>',
    env: 'CONTROL_HOST',
    fallback: '0.0.0.0',
    help: 'address the control listener listens on',
    parse: parseHost,
  },
  controlPort: {
    flag: '--control-port <number>',
    env: 'CONTROL_PORT',
    fallback: '8082',
    help: 'port of the control listener',
    parse: wholeNumber(0, 65535),
  },
  databasePath: {
    flag: '--db <file>',
    env: 'SQLITE3_DB_PATH',
    fallback: undefined,
    help: 'database file (default: $XDG_DATA_HOME/nle/nle.sqlite)',
    parse: (text) => text,
  },
  entryKeyTtlS: {
    flag: '--entry-key-ttl <seconds>',
    env: 'ENTRY_KEY_TTL_SECONDS',
    fallback: '3600',
    help: `how long a pairing code lives; at least ${MIN_ENTRY_KEY_TTL_S}, which thermostats insist on`,
    // Smaller values were legal for the existing server; thermostats just never showed such codes.
    parse: (text) => Math.max(wholeNumber(1, 365 * 86_400)(text), MIN_ENTRY_KEY_TTL_S),
  },
  suspendTimeMaxS: {
    flag: '--suspend-time-max <seconds>',
    env: 'SUSPEND_TIME_MAX',
    fallback: '300',
    help: 'how long a thermostat may sleep; connections are held 10 seconds less',
    parse: wholeNumber(5, 350),
  },
  deferDeviceWindowS: {
    flag: '--defer-device-window <seconds>',
    env: 'DEFER_DEVICE_WINDOW',
    fallback: '15',
    help: 'how long a thermostat collects turns of its dial before it reports them',
    parse: wholeNumber(0, 3599),
  },
  disableDeferWindowS: {
    flag: '--disable-defer-window <seconds>',
    env: 'DISABLE_DEFER_WINDOW',
    fallback: '60',
    help: 'how long it reports at once instead, after a temperature or mode change',
    parse: wholeNumber(0, 3599),
  },
  maxSubscriptionsPerDevice: {
    flag: '--max-subscriptions <number>',
    env: 'MAX_SUBSCRIPTIONS_PER_DEVICE',
    fallback: '100',
    help: 'connections held per thermostat',
    parse: wholeNumber(1, 10_000),
  },
  corsOrigins: {
    flag: '--cors-origins <list>',
    env: 'CORS_ORIGINS',
    fallback: '',
    help: 'web origins besides its own that may use the control API, separated by commas',
    parse: (text) =>
      text
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '')
        .map(parseWebOrigin),
  },
  allowedHosts: {
    flag: '--allowed-hosts <list>',
    env: 'ALLOWED_HOSTS',
    fallback: '',
    help: 'public names the control API is reached by, separated by commas; IP addresses and home names always work',
    parse: (text) =>
      text
        .split(',')
        .map((each) => each.trim())
        .filter((each) => each !== '')
        .map(parseHostName),
  },
  logFormat: {
    flag: '--log-format <format>',
    env: 'LOG_FORMAT',
    fallback: 'text',
    help: 'text or json',
    parse: oneOf('text', 'json'),
  },
  logLevel: {
    flag: '--log-level <level>',
    env: 'LOG_LEVEL',
    fallback: 'info',
    help: 'debug, info, warn or error',
    parse: oneOf('debug', 'info', 'warn', 'error'),
  },
}

/** Where a setting got its value from. */
export type Source = 'flag' | 'environment' | 'default'

export interface ResolvedSetting {
  readonly name: keyof Config
  readonly env: string
  readonly source: Source
  /** As it was written; undefined when nle finds it by itself. */
  readonly text: string | undefined
}

/**
 * The settings in force: flags before environment before defaults.
 *
 * @param flags - by setting name, as commander gives them
 * @throws NleError `invalid`, naming the flag or variable
 */
export function resolveConfig(
  flags: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string | undefined>>,
): { config: Config; sources: readonly ResolvedSetting[] } {
  const sources: ResolvedSetting[] = []
  const values = Object.entries(SETTINGS).map(([name, setting]) => {
    const flag = flags[name]
    const variable = env[setting.env]
    const [source, text]: [Source, string | undefined] =
      typeof flag === 'string'
        ? ['flag', flag]
        : variable !== undefined && variable !== ''
          ? ['environment', variable]
          : ['default', setting.fallback]
    sources.push({ name: name as keyof Config, env: setting.env, source, text })
    if (text === undefined) return [name, undefined]
    try {
      return [name, setting.parse(text.trim())]
    } catch (cause) {
      const where = source === 'flag' ? setting.flag.split(' ')[0] : setting.env
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new NleError('invalid', `${where} is ${JSON.stringify(text)}: ${why}`, { cause })
    }
  })
  return { config: Object.fromEntries(values) as unknown as Config, sources }
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (!(value >= min && value <= max)) {
      throw new NleError('invalid', `it has to be a whole number from ${min} to ${max}.`)
    }
    return value
  }
}

function oneOf<const T extends string>(...allowed: readonly T[]): (text: string) => T {
  return (text) => {
    const found = allowed.find((each) => each === text.toLowerCase())
    if (found === undefined) throw new NleError('invalid', `it has to be ${allowed.join(' or ')}.`)
    return found
  }
}

function parseHost(text: string): string {
  if (!/^[0-9A-Za-z.:_-]+$/.test(text)) {
    throw new NleError('invalid', 'it has to be an address of this machine, such as 0.0.0.0.')
  }
  return text
}

function parseOrigin(text: string): string {
  try {
    return explicitOrigin(text)
  } catch (cause) {
    throw new NleError('invalid', 'it has to be a URL such as http://192.168.1.5:8000.', { cause })
  }
}

function parseWebOrigin(text: string): string {
  // The origin of any other scheme is "null", which every sandboxed page claims to be.
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw new NleError('invalid', `${text} is not a web origin such as http://192.168.1.5.`)
  }
  return new URL(text).origin
}

/** A name, with or without scheme and port: those say nothing about whose name it is. */
function parseHostName(text: string): string {
  const url = text.includes('://') ? text : `http://${text}`
  if (!URL.canParse(url) || !/^[a-z0-9._-]+$/i.test(new URL(url).hostname)) {
    throw new NleError('invalid', `${text} is not a name such as nle.example.org.`)
  }
  return new URL(url).hostname
}
