import { NleError } from '../../errors.ts'
import { isObject, type JsonObject } from '../bucket.ts'

/** The broker that nle uses, and what it publishes there. */
export interface BrokerConfig {
  /** `mqtt://host:port` or `mqtts://host:port`; never with a user or password in it. */
  readonly url: string
  readonly username?: string
  readonly password?: string
  readonly clientId?: string
  /** CA certificates (PEM) to check an `mqtts` broker with, instead of the system's. */
  readonly ca?: string
  readonly topicPrefix: string
  readonly discoveryPrefix: string
  /** Also publish the thermostat's own fields, which Home Assistant does not need. */
  readonly publishRaw: boolean
  readonly homeAssistantDiscovery: boolean
}

/** The broker as `POST /api/mqtt-config` takes it and the store keeps it. */
export type StoredBroker = Pick<BrokerConfig, 'url'> & Partial<Omit<BrokerConfig, 'url'>>

type EnvironmentField = 'url' | 'username' | 'password' | 'ca' | 'topicPrefix' | 'discoveryPrefix'
/** The broker as flags and environment variables set it; an undefined field is left to the store. */
export type EnvironmentBroker = { readonly [Field in EnvironmentField]?: string | undefined }

export const DEFAULT_TOPIC_PREFIX = 'nolongerevil'
export const DEFAULT_DISCOVERY_PREFIX = 'homeassistant'

const SCHEMES: Readonly<Record<string, string>> = {
  'mqtt:': 'mqtt',
  'tcp:': 'mqtt',
  'mqtts:': 'mqtts',
  'ssl:': 'mqtts',
}
const MAX_PREFIX_LENGTH = 128
const MAX_TEXT_LENGTH = 256
const MAX_CA_LENGTH = 256 * 1024

/**
 * Reads a broker's address as people write it: a name, `name:port`, or a URL.
 *
 * @param port - from its own setting; wins over the port in `text`
 * @throws NleError `invalid`; the message does not repeat the text, which may hold a password
 */
export function brokerAddress(text: string, port?: number): StoredBroker {
  const trimmed = text.trim()
  const parsed = URL.parse(trimmed.includes('://') ? trimmed : `mqtt://${trimmed}`)
  const scheme = SCHEMES[parsed?.protocol ?? '']
  if (
    parsed === null ||
    scheme === undefined ||
    !/^[0-9A-Za-z._:[\]-]+$/.test(parsed.hostname) ||
    !/^\/?$/.test(parsed.pathname + parsed.search + parsed.hash)
  ) {
    throw new NleError('invalid', 'it has to be a host, or a URL such as mqtt://192.168.1.5:1883.')
  }
  const number = port ?? (parsed.port === '' ? (scheme === 'mqtts' ? 8883 : 1883) : parsed.port)
  return {
    url: `${scheme}://${parsed.hostname}:${number}`,
    ...(parsed.username === '' ? {} : { username: decoded(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: decoded(parsed.password) }),
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Checks a topic prefix. @throws NleError `invalid` */
export function topicPrefix(text: string): string {
  // No level is empty, none has a blank or a wildcard, and a `$` at the start is the broker's own.
  const isTopic = /^(?!\$)[^\s/+#\p{Cc}]+(\/[^\s/+#\p{Cc}]+)*$/u.test(text)
  if (isTopic && text.length <= MAX_PREFIX_LENGTH) return text
  const rule = 'it has to be a topic without blanks, wildcards, or a slash at either end.'
  throw new NleError('invalid', rule)
}

/**
 * Reads the body of `POST /api/mqtt-config`.
 *
 * @param stored - the broker that it replaces, whose password stays when the body has none
 * @throws NleError `invalid`, naming the field
 */
export function readBroker(body: unknown, stored?: StoredBroker): StoredBroker {
  const given = isObject(body) ? body : {}
  const brokerUrl = text(given, 'brokerUrl')
  if (brokerUrl === undefined) throw new NleError('invalid', 'Missing required fields: brokerUrl')
  const { url, ...credentials } = forField('brokerUrl', () => brokerAddress(brokerUrl))
  const broker = {
    url,
    ...credentials,
    ...defined({
      username: text(given, 'username'),
      password: text(given, 'password'),
      clientId: text(given, 'clientId'),
      ca: text(given, 'ca', MAX_CA_LENGTH),
      topicPrefix: prefix(given, 'topicPrefix'),
      discoveryPrefix: prefix(given, 'discoveryPrefix'),
      publishRaw: flag(given, 'publishRaw'),
      homeAssistantDiscovery: flag(given, 'homeAssistantDiscovery'),
    }),
  }
  // An empty password is one that is taken away.
  const isGiven = broker.password !== undefined || 'password' in given
  return isGiven || stored === undefined ? broker : withStoredPassword(broker, stored)
}

/**
 * The broker with the password on file, which goes only to whom it was given for: the same user at the same
 * address, over the same transport, checked by the same certificates.
 *
 * @throws NleError `invalid` for anybody else, so that the password has to be given again
 */
function withStoredPassword(broker: StoredBroker, stored: StoredBroker): StoredBroker {
  const { password, username } = stored
  if (password === undefined) return broker
  const isSameUser = broker.username === undefined || broker.username === username
  if (isSameUser && broker.url === stored.url && broker.ca === stored.ca) {
    return { ...broker, ...defined({ username }), password }
  }
  const what =
    broker.url !== stored.url
      ? `broker (${stored.url})`
      : isSameUser
        ? 'certificate authority (ca)'
        : `user (${username ?? 'none'})`
  throw new NleError(
    'invalid',
    `password: the one on file is for another ${what}, and is not sent to this one. Give the password again, or an empty one where none is needed.`,
  )
}

/**
 * The broker to use, if any: the environment wins over the store, and the store over the defaults. A
 * broker that the environment names does not get a password that was stored for another one.
 */
export function effectiveBroker(
  environment: EnvironmentBroker,
  stored: StoredBroker | undefined,
): BrokerConfig | undefined {
  const { url, username, password, ca, ...prefixes } = environment
  const base =
    url === undefined ? stored : { ...defined({ ...stored, username, password, ca }), url }
  if (base === undefined) return undefined
  return {
    topicPrefix: DEFAULT_TOPIC_PREFIX,
    discoveryPrefix: DEFAULT_DISCOVERY_PREFIX,
    publishRaw: true,
    homeAssistantDiscovery: true,
    ...base,
    ...defined(prefixes),
  }
}

type Defined<T> = { [Name in keyof T]?: Exclude<T[Name], undefined> }

/** Without the fields that are undefined. */
function defined<T extends object>(fields: T): Defined<T> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Defined<T>
}

function forField<T>(field: string, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new NleError('invalid', `${field}: ${why}`, { cause })
  }
}

function text(given: JsonObject, field: string, max = MAX_TEXT_LENGTH): string | undefined {
  const value = given[field]
  if (value === undefined || value === null || value === '') return undefined
  if (typeof value !== 'string' || value.length > max) {
    throw new NleError('invalid', `${field} must be text of at most ${max} characters`)
  }
  return value
}

function prefix(given: JsonObject, field: string): string | undefined {
  const value = text(given, field)
  return value === undefined ? undefined : forField(field, () => topicPrefix(value))
}

function flag(given: JsonObject, field: string): boolean | undefined {
  const value = given[field]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'boolean') throw new NleError('invalid', `${field} must be true or false`)
  return value
}
