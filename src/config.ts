import { networkInterfaces } from 'node:os'
import {
  listOf,
  oneOf,
  type Parser,
  parseHost,
  parseUrl,
  parseWebOrigin,
  wholeNumber,
  yesOrNo,
} from './config-parsers.ts'
import { NleError } from './errors.ts'
import { addressRange } from './protocol/lan/forwarding.ts'
import { type OriginRemark, originIn, originRemarks } from './protocol/lan/typed-origin.ts'
import {
  brokerAddress,
  DEFAULT_DISCOVERY_PREFIX,
  DEFAULT_TOPIC_PREFIX,
  topicPrefix,
} from './protocol/mqtt/broker-config.ts'
import { namesPort, withPort } from './protocol/pairing/entry-document.ts'
import { MIN_ENTRY_KEY_TTL_S } from './protocol/pairing/entry-key.ts'
import { MASK, withoutUrlSecrets } from './protocol/secrets.ts'

/**
 * The settings of the server, each declared once: name, flag, environment variable, default, parser,
 * one line of help. `nle serve`, its help and docs/configuration.md all come from this table.
 */
export interface Setting<T> {
  /**
   * Long flag of `nle serve`, with its placeholder: `[yes|no]` may be left out, meaning yes.
   * A secret has none: every user of the machine can read flags.
   */
  readonly flag?: string
  readonly env: string
  /** As a person writes it; undefined when nle finds the value by itself, or does without. */
  readonly fallback?: string
  readonly help: string
  /** Never shown: a mask stands in for it. */
  readonly secret?: true
  /** @throws NleError `invalid` with a message that names the allowed values */
  readonly parse: Parser<T>
  /** Throws for a text that must not stand in a flag, which every user of the machine can read. */
  readonly checkFlag?: (text: string) => void
}

const TABLE = {
  apiOrigin: {
    flag: '--api-origin <url>',
    env: 'API_ORIGIN',
    help: 'origin that thermostats are told to use (default: the address they reached)',
    parse: originIn,
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
    help: 'database file (default: $XDG_DATA_HOME/nle/nle.sqlite)',
    parse: String,
  },
  databaseUrl: {
    flag: '--database <url>',
    env: 'DATABASE_URL',
    help: 'a PostgreSQL that several servers share, in place of a file, such as postgres://nle@db/nle',
    parse: databaseAddress,
    checkFlag: (text) => {
      if (URL.parse(text)?.password || /[?&](?:ssl)?password=/.test(text)) {
        throw new NleError('invalid', 'a password belongs into DATABASE_URL or PGPASSWORD.')
      }
    },
  },
  entryKeyTtlS: {
    flag: '--entry-key-ttl <seconds>',
    env: 'ENTRY_KEY_TTL_SECONDS',
    fallback: '3600',
    help: `how long a pairing code lives; at least ${MIN_ENTRY_KEY_TTL_S}, which thermostats insist on`,
    // The existing server accepts smaller values; thermostats never showed such codes.
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
    parse: listOf(parseWebOrigin),
  },
  certDir: {
    flag: '--cert-dir <folder>',
    env: 'CERT_DIR',
    help: 'folder with fullchain.pem and privkey.pem: TLS for thermostats (default: no TLS)',
    parse: String,
  },
  requireDevicePairing: {
    flag: '--require-device-pairing [yes|no]',
    env: 'REQUIRE_DEVICE_PAIRING',
    fallback: 'false',
    help: 'serve paired thermostats only; others may pair',
    parse: yesOrNo,
  },
  weatherUrl: {
    flag: '--weather-url <url>',
    env: 'WEATHER_URL',
    fallback: 'https://weather.nest.com/weather/v1',
    help: 'where the weather on the thermostat comes from',
    parse: parseUrl,
  },
  weatherCacheTtlMs: {
    flag: '--weather-cache-ttl <ms>',
    env: 'WEATHER_CACHE_TTL_MS',
    fallback: '600000',
    help: 'how long weather counts as fresh',
    parse: wholeNumber(0, 7 * 86_400_000),
  },
  storeDeviceLogs: {
    flag: '--store-device-logs [yes|no]',
    env: 'STORE_DEVICE_LOGS',
    fallback: 'false',
    help: 'keep the logs that thermostats upload',
    parse: yesOrNo,
  },
  deviceLogsDir: {
    flag: '--device-logs-dir <folder>',
    env: 'DEVICE_LOGS_DIR',
    fallback: './data/device-logs',
    help: 'where those logs go',
    parse: String,
  },
  history: {
    flag: '--history [yes|no]',
    env: 'HISTORY',
    fallback: 'true',
    help: 'keep what thermostats measure and do, for charts and runtimes',
    parse: yesOrNo,
  },
  historyRawDays: {
    flag: '--history-raw-days <days>',
    env: 'HISTORY_RAW_DAYS',
    fallback: '60',
    help: 'how long every change of it is kept',
    parse: wholeNumber(1, 3650),
  },
  historyHourlyDays: {
    flag: '--history-hourly-days <days>',
    env: 'HISTORY_HOURLY_DAYS',
    fallback: '1095',
    help: 'how long sums of each hour are kept after that',
    parse: wholeNumber(1, 36_500),
  },
  historyDailyDays: {
    flag: '--history-daily-days <days>',
    env: 'HISTORY_DAILY_DAYS',
    fallback: '36500',
    help: 'how long sums of each day are kept after that',
    parse: wholeNumber(1, 36_500),
  },
  backupDir: {
    flag: '--backup-dir <folder>',
    env: 'BACKUP_DIR',
    help: 'folder for a backup every night, best on another disk (default: no backups)',
    parse: String,
  },
  backupKeep: {
    flag: '--backup-keep <number>',
    env: 'BACKUP_KEEP',
    fallback: '14',
    help: 'how many of these backups are kept',
    parse: wholeNumber(1, 10_000),
  },
  debugLogging: {
    flag: '--debug-logging [yes|no]',
    env: 'DEBUG_LOGGING',
    fallback: 'false',
    help: 'write every request and answer to files, passwords left out',
    parse: yesOrNo,
  },
  debugLogsDir: {
    flag: '--debug-logs-dir <folder>',
    env: 'DEBUG_LOGS_DIR',
    fallback: './data/debug-logs',
    help: 'where those files go',
    parse: String,
  },
  allowedHosts: {
    flag: '--allowed-hosts <list>',
    env: 'ALLOWED_HOSTS',
    fallback: '',
    help: 'public names that nle is reached by, separated by commas; IP addresses and home names always work',
    parse: listOf(parseHostName),
  },
  trustedProxies: {
    flag: '--trusted-proxies <list>',
    env: 'TRUSTED_PROXIES',
    fallback: '',
    help: 'addresses or subnets of reverse proxies whose forwarding headers count, separated by commas',
    parse: listOf(addressRange),
  },
  /** Without a port where `mqttPort` has it; without either, the stored broker is used, or none. */
  mqttHost: {
    flag: '--mqtt-host <host>',
    env: 'MQTT_HOST',
    help: 'MQTT broker for Home Assistant: a host, or a URL such as mqtts://broker:8883',
    parse: parseBroker,
  },
  mqttPort: {
    flag: '--mqtt-port <number>',
    env: 'MQTT_PORT',
    help: 'port of the MQTT broker (default: 1883, or 8883 for mqtts)',
    parse: wholeNumber(1, 65535),
  },
  mqttUser: {
    flag: '--mqtt-user <name>',
    env: 'MQTT_USER',
    help: 'user at the MQTT broker',
    parse: String,
  },
  mqttPassword: {
    env: 'MQTT_PASSWORD',
    secret: true,
    help: 'password at the MQTT broker',
    parse: String,
  },
  mqttCaFile: {
    flag: '--mqtt-ca-file <file>',
    env: 'MQTT_CA_FILE',
    help: 'certificates (PEM) that an mqtts broker may be signed by',
    parse: String,
  },
  mqttTopicPrefix: {
    flag: '--mqtt-topic-prefix <topic>',
    env: 'MQTT_TOPIC_PREFIX',
    help: `first part of the MQTT topics of thermostats (default: ${DEFAULT_TOPIC_PREFIX})`,
    parse: topicPrefix,
  },
  mqttDiscoveryPrefix: {
    flag: '--mqtt-discovery-prefix <topic>',
    env: 'MQTT_DISCOVERY_PREFIX',
    help: `where Home Assistant looks for MQTT devices (default: ${DEFAULT_DISCOVERY_PREFIX})`,
    parse: topicPrefix,
  },
  /** What "nle matter" stored counts where it is not set. */
  matter: {
    flag: '--matter [yes|no]',
    env: 'MATTER',
    help: 'a Matter bridge for Apple Home, Google Home and Alexa (default: what "nle matter" says)',
    parse: yesOrNo,
  },
  matterPort: {
    flag: '--matter-port <number>',
    env: 'MATTER_PORT',
    fallback: '5540',
    help: 'UDP port of the Matter bridge',
    parse: wholeNumber(1, 65535),
  },
  matterInterface: {
    flag: '--matter-interface <name>',
    env: 'MATTER_INTERFACE',
    help: 'network interface on which apps find the bridge, or all (default: that of the home network)',
    parse: String,
  },
  mdns: {
    flag: '--mdns [yes|no]',
    env: 'MDNS',
    fallback: 'true',
    help: 'announce this server in the local network, so that apps find it',
    parse: yesOrNo,
  },
  requireToken: {
    flag: '--require-token [yes|no]',
    env: 'REQUIRE_TOKEN',
    fallback: 'false',
    help: 'ask for a token on the control API even while none was made',
    parse: yesOrNo,
  },
  loopbackToken: {
    flag: '--loopback-token [yes|no]',
    env: 'LOOPBACK_TOKEN',
    fallback: 'true',
    help: 'no: programs on this machine need no token; unsafe beside a reverse proxy',
    parse: yesOrNo,
  },
  deviceAuth: {
    flag: '--device-auth <mode>',
    env: 'DEVICE_AUTH',
    fallback: 'off',
    help: 'off or pin: with pin every paired thermostat is only served with its known password',
    parse: oneOf('off', 'pin'),
  },
  drainS: {
    flag: '--drain <seconds>',
    env: 'DRAIN_SECONDS',
    fallback: '0',
    help: 'how long a stopping server takes to hand its thermostats to others',
    parse: wholeNumber(0, 3600),
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
} satisfies Readonly<Record<string, Setting<unknown>>>

/** The value of each setting; undefined only where there is no fallback. */
export type Config = {
  readonly [N in keyof typeof TABLE]:
    | ReturnType<(typeof TABLE)[N]['parse']>
    | ((typeof TABLE)[N] extends { readonly fallback: string } ? never : undefined)
}

export const SETTINGS: { readonly [N in keyof Config]: Setting<Config[N]> } = TABLE

/** The source of a setting's value; `file` is the .env of the working folder, or the options of an add-on. */
export type Source = 'flag' | 'environment' | 'file' | 'default'

export interface ResolvedSetting {
  readonly name: keyof Config
  readonly env: string
  readonly source: Source
  /** As it was written, a secret masked; undefined when nle finds it by itself. */
  readonly text: string | undefined
}

/** A setting in force, to be shown. */
export interface ReportedSetting {
  readonly name: keyof Config
  readonly env: string
  /** Of `nle serve`; null for a secret. */
  readonly flag: string | null
  /** A secret is masked; null when nle finds the value by itself, or does without. */
  readonly value: string | null
  readonly source: Source
  readonly secret: boolean
}

/** The settings in force as they are shown, secrets masked. */
export function reportSettings(
  sources: readonly ResolvedSetting[],
  { config, databasePath }: { readonly config: Config; readonly databasePath: string },
): ReportedSetting[] {
  // These may differ from what was written.
  const inForce: Readonly<Record<string, string | undefined>> = {
    apiOrigin: config.apiOrigin,
    databasePath,
    entryKeyTtlS: String(config.entryKeyTtlS),
  }
  return sources.map(({ name, env, source, text }) => {
    const { flag, secret = false } = SETTINGS[name]
    const value = inForce[name] ?? text
    return {
      name,
      env,
      flag: flag?.split(' ')[0] ?? null,
      value: value === undefined ? null : withoutUrlSecrets(value),
      source,
      secret,
    }
  })
}

type Variables = Readonly<Record<string, string | undefined>>

/**
 * The settings in force: flags before environment before a file before defaults.
 *
 * @param flags - by setting name, as commander gives them
 * @param file - the variables of the .env file, or of the options of an add-on
 * @param ownAddresses - of this machine
 * @param inFile - where that file is, for errors
 * @returns also what to tell people about the origin that they typed (`E6`)
 * @throws NleError `invalid`, naming the flag or variable
 */
export function resolveConfig(
  flags: Readonly<Record<string, unknown>>,
  env: Variables,
  file: Variables = {},
  ownAddresses: readonly string[] = addressesOfThisMachine(),
  inFile = ' in .env',
): {
  config: Config
  sources: readonly ResolvedSetting[]
  remarks: readonly OriginRemark[]
} {
  const sources: ResolvedSetting[] = []
  const values = Object.entries(SETTINGS).map(([name, setting]) => {
    const [source, text] = find(flags[name], setting, env, file)
    const known = text !== undefined && setting.secret ? MASK : text
    sources.push({ name: name as keyof Config, env: setting.env, source, text: known })
    if (text === undefined) return [name, undefined]
    try {
      if (source === 'flag') setting.checkFlag?.(text)
      return [name, setting.parse(text.trim())]
    } catch (cause) {
      const where =
        source === 'flag'
          ? setting.flag?.split(' ')[0]
          : `${setting.env}${source === 'file' ? inFile : ''}`
      const shown = setting.secret ? 'not right' : JSON.stringify(withoutUrlSecrets(text))
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new NleError('invalid', `${where} is ${shown}: ${why}`, { cause })
    }
  })
  const config = Object.fromEntries(values) as unknown as Config
  const written = sources.find(({ name }) => name === 'apiOrigin')?.text?.trim()
  const apiOrigin = completeOrigin(config, written, ownAddresses)
  const remarks =
    written === undefined || apiOrigin === undefined
      ? []
      : originRemarks(written, apiOrigin, config.serverPort)
  return { config: { ...config, apiOrigin }, sources, remarks }
}

function find(
  flag: unknown,
  { env: variable, fallback }: Setting<unknown>,
  env: Variables,
  file: Variables,
): [Source, string | undefined] {
  // A flag without its value, such as --debug-logging.
  if (flag === true) return ['flag', 'true']
  if (typeof flag === 'string') return ['flag', flag]
  const fromEnvironment = look(env, variable)
  if (fromEnvironment !== undefined) return ['environment', fromEnvironment]
  const fromFile = look(file, variable)
  return fromFile === undefined ? ['default', fallback] : ['file', fromFile]
}

/** The existing server takes names in any case; a variable that is empty is not set. */
function look(variables: Variables, name: string): string | undefined {
  const exact = variables[name]
  if (exact !== undefined && exact !== '') return exact
  const other = Object.keys(variables).find((each) => each.toUpperCase() === name)
  const text = other === undefined ? undefined : variables[other]
  return text === '' ? undefined : text
}

/**
 * An origin without a port means the port of its scheme (`E2`), where a proxy may listen. But an
 * address of this machine, or a certificate in CERT_DIR, means nle itself and the port it listens on, as
 * with the existing server.
 */
function completeOrigin(
  { apiOrigin, serverPort, certDir }: Config,
  written: string | undefined,
  ownAddresses: readonly string[],
): string | undefined {
  if (apiOrigin === undefined || written === undefined || namesPort(written)) {
    return apiOrigin
  }
  const { protocol, hostname } = new URL(apiOrigin)
  const meansUs = protocol === 'https:' ? certDir !== undefined : ownAddresses.includes(hostname)
  return meansUs && serverPort !== 0 ? withPort(apiOrigin, serverPort) : apiOrigin
}

function addressesOfThisMachine(): string[] {
  return Object.values(networkInterfaces()).flatMap((each) => (each ?? []).map((a) => a.address))
}

function parseBroker(text: string): string {
  const { url, username, password } = brokerAddress(text)
  if (username !== undefined || password !== undefined) {
    throw new NleError('invalid', 'user and password belong into MQTT_USER and MQTT_PASSWORD.')
  }
  return url
}

/** The message does not repeat the text, which may hold a password. */
function databaseAddress(text: string): string {
  const url = URL.parse(text)
  const isPostgres = url?.protocol === 'postgres:' || url?.protocol === 'postgresql:'
  if (url === null || !isPostgres || url.pathname.length < 2) {
    throw new NleError('invalid', 'it has to be a URL such as postgres://nle@db.example.org/nle.')
  }
  return text
}

/** A host name; scheme and port are accepted and dropped. */
function parseHostName(text: string): string {
  const url = text.includes('://') ? text : `http://${text}`
  if (!URL.canParse(url) || !/^[a-z0-9._-]+$/i.test(new URL(url).hostname)) {
    throw new NleError('invalid', `${text} is not a name such as nle.example.org.`)
  }
  return new URL(url).hostname
}
