import type { JsonObject } from '../protocol/bucket.ts'
import { USER_ID_RULE } from '../protocol/identity.ts'
import type { FoundThermostat } from '../protocol/lan/settings-page.ts'
import { ALERT_ENDPOINTS } from './alert-endpoints.ts'
import { endpoint } from './endpoint.ts'
import { HISTORY_ENDPOINTS } from './history-endpoints.ts'
import { HOSTED_ENDPOINTS } from './hosted-endpoints.ts'
import { MATTER_ENDPOINTS } from './matter-endpoints.ts'
import { OWNER_ENDPOINTS } from './owner-endpoints.ts'
import { PAGE_ENDPOINTS } from './page-endpoints.ts'
import {
  anything,
  choice,
  constant,
  either,
  list,
  object,
  of,
  record,
  type Schema,
  type TypeOf,
} from './schema.ts'
import {
  change,
  commandName,
  flag,
  invalid,
  notFound,
  refusal,
  schedule,
  serial,
  status,
  text,
  time,
  tooMany,
} from './shapes.ts'

const count = of('integer')
const success = constant(true)
const oneSerial = object({ serial })
const userRule = `Any name: ${USER_ID_RULE}.`
const userId = of('string', userRule)
const userOption = { userId: of('string', userRule, { default: 'homeassistant' }) }
const ofUser = object({}, userOption)
const owned = object({ serial, createdAt: of('number', 'Ms since epoch') })
const paging = {
  limit: of('integer', 'The list in pages of so many; 100 when only after is given.', {
    minimum: 1,
    maximum: 500,
  }),
  after: of('string', 'The `next` of the page before.'),
}
const next = of(['string', 'null'], 'For `after`; null at the end. Only of a page.')
const note = of('string', 'Given when MQTT_HOST is set, and wins.')

/** The refusals of `configureNest` that come from the thermostat. */
const keyNeeded = refusal(
  401,
  'The thermostat asks for its key, or for another one.',
  object({ success: constant(false), auth_required: success }, { message: text, error: text }),
)
const noAnswer = refusal(502, 'The thermostat does not answer, or not as a thermostat does.')

/** The control API: routes, token guard, clients and docs/openapi.json are made from this table. */
export const ENDPOINTS = {
  getRoot: endpoint('GET', '/', 'open', 'server', {
    summary: 'What this is',
    answer: object({ server: constant('nle'), message: text }),
  }),
  getHealth: endpoint('GET', '/health', 'open', 'server', {
    summary: 'Whether the server is alive',
    answer: object(
      { status: choice(['ok', 'degraded']), server: constant('nle'), version: text },
      {
        trouble: choice(
          ['full', 'read-only', 'disk', 'damaged', 'busy', 'away'],
          'What keeps the database from being used; only while degraded.',
        ),
        reason: of('string', 'The same for people.'),
        since: of('string', 'ISO 8601, UTC.'),
      },
    ),
  }),
  getLive: endpoint('GET', '/health/live', 'open', 'server', {
    summary: 'Whether the server works; a supervisor restarts one that does not answer',
    answer: object({ live: success }),
  }),
  getReady: endpoint('GET', '/health/ready', 'open', 'server', {
    summary: 'Whether a balancer should send requests here',
    answer: object({ ready: success }),
    refusals: [refusal(503, 'Not now: the server stops, or its database cannot be used.')],
  }),
  getStatus: endpoint('GET', '/status', 'read', 'thermostats', {
    summary: 'What a thermostat measures, wants and does',
    description:
      'Changes still on their way are shown as if they had arrived. With the ETag of an answer in If-None-Match, the same status is answered 304.',
    query: oneSerial,
    answer: status,
    refusals: [invalid, notFound],
  }),
  sendCommand: endpoint('POST', '/command', 'control', 'commands', {
    summary: 'Set something of a thermostat',
    description:
      'The answer comes once the command is on disk. delivery is pushed when it went out on a connection the thermostat holds, queued when it waits for one or for its turn. Temperatures are Celsius.',
    body: object(
      {
        serial,
        command: commandName,
        value: anything('See docs/api.md for what each command takes'),
      },
      {
        given_by: choice(
          ['client', 'person'],
          'person: somebody typed the value, and a temperature outside the limits is refused. client, the default: one a little outside is moved to the limit.',
        ),
      },
    ),
    answer: object({
      success,
      data: object(
        { object_key: text, values: of('object') },
        { clamped: { ...success, description: 'Given when a temperature was moved' } },
      ),
      change_id: of('integer', 'For /api/changes/{id}'),
      delivery: choice(['pushed', 'queued']),
    }),
    refusals: [invalid, notFound],
  }),
  notifyDevice: endpoint('POST', '/notify-device', 'control', 'commands', {
    summary: 'Send again, now, what waits for a thermostat',
    body: oneSerial,
    answer: object({ success, subscribers_notified: count }),
    refusals: [invalid, notFound],
  }),
  listDevices: endpoint('GET', '/api/devices', 'read', 'thermostats', {
    summary: 'Every thermostat with its status',
    description:
      'A thermostat that has not reported both `shared` and `device` yet is listed with all=1 only. With the ETag of an answer in If-None-Match, the same list is answered 304.',
    query: object({}, { all: choice(['0', '1']), ...paging }),
    answer: object({ devices: list(status), total: count }, { next }),
    refusals: [invalid, tooMany],
  }),
  deleteDevice: endpoint('DELETE', '/api/device', 'admin', 'thermostats', {
    summary: 'Delete a thermostat and everything of it',
    description:
      'Ends its open changes and its connections. One that calls again starts anew, unpaired.',
    body: oneSerial,
    answer: object({ success, serial, objects_deleted: count }),
    refusals: [invalid, notFound],
  }),
  deleteBucket: endpoint('DELETE', '/api/bucket', 'admin', 'thermostats', {
    summary: 'Delete one bucket of a thermostat',
    description:
      'The thermostat is asked to upload it again once it lists it, or at once where a connection that it holds lists it. The buckets that keep it paired are refused.',
    body: object({ serial, object_key: of('string', 'Such as where.02AA01AC12345678') }),
    answer: object({
      success,
      serial,
      object_key: text,
      asks_for_upload: of('boolean', 'It was asked just now'),
    }),
    refusals: [invalid, notFound],
  }),
  forgetUnpaired: endpoint('DELETE', '/api/unpaired-devices', 'admin', 'thermostats', {
    summary: 'Forget every thermostat that is not paired',
    description:
      'Those that show a code now are kept, unless all=1. One that calls again is a new thermostat.',
    query: object({}, { all: choice(['0', '1']) }),
    answer: object({
      success,
      forgotten: count,
      bytes: of('integer', 'Of their buckets'),
      kept: of('integer', 'Thermostats that show a code now'),
    }),
  }),
  getSchedule: endpoint('GET', '/api/schedule', 'read', 'thermostats', {
    summary: 'The weekly schedule',
    query: oneSerial,
    answer: object({
      serial,
      schedule: either(schedule, of('null')),
      object_revision: count,
      object_timestamp: of('number', 'Ms since epoch'),
    }),
    refusals: [invalid, notFound],
  }),
  getDeviceSettings: endpoint('GET', '/api/device-settings', 'read', 'thermostats', {
    summary: 'The settings that a thermostat has, with their values',
    description:
      'What set_device_setting writes: those it reports and has the equipment for, without the hash of a PIN. Changes still on their way are shown as if they had arrived.',
    query: oneSerial,
    answer: object({ serial, settings: record(anything('As set_device_setting takes it')) }),
    refusals: [invalid, notFound],
  }),
  listChanges: endpoint('GET', '/api/changes', 'read', 'commands', {
    summary: 'What was asked of thermostats, newest first',
    description: 'Of all thermostats, or of the one that serial names.',
    query: object(
      {},
      { serial, limit: of('integer', undefined, { minimum: 1, maximum: 500, default: 50 }) },
    ),
    answer: object({ changes: list(change) }),
    refusals: [invalid, notFound, tooMany],
  }),
  getChange: endpoint('GET', '/api/changes/:id', 'read', 'commands', {
    summary: 'Where one command is',
    params: object({ id: count }),
    answer: change,
    refusals: [notFound],
  }),
  watchEvents: endpoint('GET', '/api/events', 'read', 'server', {
    summary: 'Server-sent events: something of a thermostat has changed',
    description:
      'Messages without a name carry {"serial"}. With detail=1 there are also the events status (data: Status), change (data: Change) and removed (data: {"serial"}). The event resync says that what happened since Last-Event-ID is not known. A comment every 15 s keeps the connection.',
    query: object({}, { detail: choice(['0', '1']) }),
    headers: object({}, { 'Last-Event-ID': of('string', 'Go on after this event') }),
    answer: text,
    answerDescription: 'A stream that does not end by itself.',
    contentType: 'text/event-stream',
    refusals: [tooMany],
  }),
  getStats: endpoint('GET', '/api/stats', 'read', 'server', {
    summary: 'How many thermostats there are, and which are connected',
    answer: object({
      devices: object({ total: count, available: count, serials: list(serial) }),
      subscriptions: object({ total_subscriptions: count, devices_with_subscriptions: count }),
      availability: record(object({ is_available: flag, last_seen: time })),
    }),
    refusals: [tooMany],
  }),
  getConfig: endpoint('GET', '/api/config', 'read', 'server', {
    summary: 'What to enter where',
    answer: object({
      api_origin: text,
      cloudregisterurl: of('string', 'What the firmware installer asks for'),
      require_device_pairing: flag,
      entry_key_ttl_seconds: count,
    }),
  }),
  registerDevice: endpoint('POST', '/api/register', 'control', 'pairing', {
    summary: "Claim the code on a thermostat's screen",
    description:
      'A code that is wrong, expired or claimed is 200 with success false. After ten wrong codes in a minute from one address: 429.',
    body: object({
      code: of('string', '7 letters and digits, with or without the dash, in either case'),
      userId,
    }),
    answer: either(
      object({
        success,
        serial,
        message: text,
        name: text,
        subscribers_notified: of('integer', 'Connections that were told at once'),
      }),
      object({
        success: constant(false),
        message: text,
        reason: choice(['unknown', 'claimed', 'expired']),
      }),
    ),
    refusals: [invalid, tooMany],
  }),
  listWaiting: endpoint('GET', '/api/pairing', 'read', 'pairing', {
    summary: 'Thermostats that show a code, oldest first',
    description: 'The codes themselves are only on the screens.',
    query: object({}, paging),
    answer: object(
      {
        waiting: list(
          object({
            serial,
            name: text,
            since: time,
            has_uploaded: flag,
            paired_anew: of(
              'boolean',
              'It is paired already, and asked with another password: it was reset, or something else claims to be it',
            ),
          }),
        ),
        total: count,
        held_back: list(
          object({
            serial,
            name: text,
            since: time,
            code_at: of('string', 'ISO 8601. Later when the known password is used meanwhile'),
          }),
          {
            description:
              'Something asks with another password for the code of a paired thermostat, and gets one when the known password has been silent, or after /api/repin',
          },
        ),
      },
      { next },
    ),
    refusals: [invalid, tooMany],
  }),
  getPairing: endpoint('GET', '/api/pairing/:serial', 'read', 'pairing', {
    summary: 'How far the pairing of one thermostat is',
    params: oneSerial,
    answer: object({
      serial,
      name: text,
      owner: of(['string', 'null']),
      confirmed: of('boolean', 'The thermostat itself knows that it is paired'),
      is_available: flag,
    }),
    refusals: [notFound],
  }),
  dismissPairing: endpoint('POST', '/api/dismiss-pairing/:serial', 'control', 'pairing', {
    summary: "Take the pairing dialog off a thermostat's screen",
    params: oneSerial,
    answer: object({ success, message: text }),
    refusals: [notFound],
  }),
  repin: endpoint('POST', '/api/repin/:serial', 'admin', 'pairing', {
    summary: 'Forget the password of a thermostat',
    description:
      'The next password it comes with is remembered, and it may ask for a code at once. A pinned one is pinned to that.',
    params: oneSerial,
    answer: object({ success, serial, was_pinned: of('boolean', 'A password was known') }),
    refusals: [notFound],
  }),
  pin: endpoint('POST', '/api/pin/:serial', 'admin', 'pairing', {
    summary: 'Serve a thermostat with its known password only, or with any',
    description: 'Refused with 400 while no password of it is known.',
    params: oneSerial,
    body: object({}, { pinned: of('boolean', undefined, { default: true }) }),
    answer: object({
      success,
      serial,
      pinned: of('boolean', 'Also true with --device-auth pin, whatever was asked for'),
    }),
    refusals: [invalid, notFound],
  }),
  listOwned: endpoint('GET', '/api/registered-devices', 'read', 'pairing', {
    summary: 'What a user owns, newest first',
    description: 'With limit or after, a page: an object with a list.',
    query: object({}, { ...userOption, ...paging }),
    answer: either(list(owned), object({ devices: list(owned), next })),
    refusals: [invalid, tooMany],
  }),
  releaseDevice: endpoint('DELETE', '/api/registered-devices/:serial', 'admin', 'pairing', {
    summary: 'Unpair a thermostat; it stays on file',
    description: '200 with success false when this user does not own it.',
    params: oneSerial,
    query: ofUser,
    answer: object({ success: flag, message: text }),
    refusals: [invalid],
  }),
  ensureUser: endpoint('POST', '/api/ensure-user', 'control', 'pairing', {
    summary: 'Make a user unless there is one',
    body: object({ userId }, { email: text }),
    answer: object({ success, created: flag }),
    refusals: [invalid],
  }),
  scanNetwork: endpoint('POST', '/api/scan-network', 'admin', 'server', {
    summary: 'Look for thermostats on the home network',
    body: object(
      {},
      {
        subnet: of(
          'string',
          'A /24 of private addresses; by default the one of the server’s own origin.',
        ),
      },
    ),
    answer: object({
      devices: list<FoundThermostat>(
        object({
          ip: text,
          device_name: of(['string', 'null']),
          cloudregisterurl: of(['string', 'null'], 'The server it uses now.'),
          configured: of('boolean', 'That server is this one.'),
        }),
      ),
      subnet: text,
    }),
    answerDescription: 'Those with the No Longer Evil firmware that answered.',
    refusals: [invalid, tooMany],
  }),
  configureNest: endpoint('POST', '/api/configure-nest', 'admin', 'server', {
    summary: 'Point a thermostat at this server',
    body: object(
      { ip: of('string', 'A private IPv4 address.') },
      { api_key: of(['string', 'null'], 'The key of its settings page, when it asks for one.') },
    ),
    answer: object({ success, device_name: of(['string', 'null']) }),
    answerDescription: 'It uses this server from now on.',
    refusals: [invalid, keyNeeded, noAnswer],
  }),
  getMqttConfig: endpoint('GET', '/api/mqtt-config', 'read', 'server', {
    summary: 'The MQTT broker and how it goes, without the password',
    answer: object(
      { configured: flag, connected: flag },
      {
        source: choice(['environment', 'store', 'supervisor']),
        brokerUrl: text,
        username: of(['string', 'null']),
        hasPassword: flag,
        clientId: text,
        topicPrefix: text,
        discoveryPrefix: text,
        publishRaw: flag,
        homeAssistantDiscovery: flag,
        connectedAt: of(['string', 'null']),
        protocolVersion: choice(['5', '3.1.1', null]),
        lastError: of(['string', 'null']),
        thermostats: count,
        messagesSent: count,
        messagesWaiting: count,
        messagesRefused: count,
      },
    ),
  }),
  setMqttConfig: endpoint('POST', '/api/mqtt-config', 'owner', 'server', {
    summary: 'Use an MQTT broker, from now on and after restarts',
    description:
      'A stored password stays when none is given, and is refused to another broker, user or certificate authority; an empty one takes it away.',
    ownerCommand: 'nle mqtt set …',
    body: object(
      { brokerUrl: of('string', 'A host, host:port, or a URL: mqtt:// or mqtts://.') },
      {
        username: text,
        password: text,
        clientId: text,
        ca: of('string', 'Certificates (PEM) that an mqtts broker may be signed by.'),
        topicPrefix: text,
        discoveryPrefix: text,
        publishRaw: flag,
        homeAssistantDiscovery: flag,
      },
    ),
    answer: object({ success, created: flag }, { note }),
    refusals: [invalid],
  }),
  removeMqttConfig: endpoint('DELETE', '/api/mqtt-config', 'owner', 'server', {
    summary: 'Forget the MQTT broker',
    ownerCommand: 'nle mqtt off',
    answer: object({ success, removed: flag }, { note }),
  }),
  ...ALERT_ENDPOINTS,
  ...HISTORY_ENDPOINTS,
  ...OWNER_ENDPOINTS,
  ...PAGE_ENDPOINTS,
  ...HOSTED_ENDPOINTS,
  ...MATTER_ENDPOINTS,
} as const

type Endpoints = typeof ENDPOINTS
export type EndpointName = keyof Endpoints
type Part<N extends EndpointName, P extends string> = Endpoints[N] extends {
  readonly [K in P]: Schema<infer T>
}
  ? Partial<T> extends T
    ? { readonly [K in P]?: T }
    : { readonly [K in P]: T }
  : unknown

/** What a client sends to an endpoint: parameters in the path, the query, and the body. */
export type Sent<N extends EndpointName> = Part<N, 'params'> & Part<N, 'query'> & Part<N, 'body'>
/** What an endpoint answers with 200. */
export type Answer<N extends EndpointName> = TypeOf<Endpoints[N]['answer']>

/** Path and query under which a client reaches an endpoint. */
export function requestTarget<N extends EndpointName>(name: N, sent: Sent<N>): string {
  const { params = {}, query = {} } = sent as Readonly<Record<string, JsonObject>>
  const path = ENDPOINTS[name].path.replace(/:(\w+)/g, (_, param: string) =>
    encodeURIComponent(String(params[param])),
  )
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) search.set(key, String(value))
  return search.size === 0 ? path : `${path}?${search}`
}
