import type { Answer, EndpointName, Sent } from '../src/api/endpoints.ts'
import type { ChangeAnswer, Status } from '../src/api/shapes.ts'

const SERIAL = '02AA01AC12345678'

const TOKEN = {
  id: '1f0c2a9b',
  name: 'Home Assistant',
  scope: 'control',
  created_at: '2025-10-09T08:53:20.000Z',
  expires_at: null,
} as const

const STATUS: Status = {
  serial: SERIAL,
  is_available: true,
  last_seen: '2025-10-09T08:53:20.000Z',
  name: 'Hallway',
  current_temperature: 20.5,
  target_temperature: 21.5,
  target_temperature_high: 24,
  target_temperature_low: 20,
  humidity: 45,
  target_humidity: 35,
  target_humidity_enabled: false,
  mode: 'heat',
  hvac: {
    heater: true,
    heat_x2: false,
    heat_x3: false,
    ac: false,
    cool_x2: false,
    cool_x3: false,
    fan: false,
    aux_heat: false,
    emer_heat: false,
    alt_heat: false,
    humidifier: false,
    dehumidifier: false,
    auto_dehum: false,
    fan_cooling: false,
  },
  fan_timer_active: false,
  fan_timer_timeout: 0,
  eco_temperatures: { high: 26, low: 12 },
  is_online: true,
  has_leaf: false,
  software_version: '5.9.4-5',
  temperature_scale: 'C',
  capabilities: {
    can_heat: true,
    can_cool: true,
    has_fan: true,
    has_emer_heat: false,
    has_humidifier: false,
    has_dehumidifier: false,
  },
  eco_mode: 'schedule',
  eco_target: null,
  time_to_target: 0,
  time_to_target_training_status: null,
  safety_state: null,
  safety_temp_activating_hvac: false,
  learning_mode: true,
  preconditioning_enabled: true,
  backplate_temperature: 20.4,
  local_ip: '192.168.1.20',
  mac_address: '18b430aabbcc',
  battery_voltage: 3.93,
  hot_water: null,
  filter_replacement_needed: false,
  outdoor_temperature: 8.5,
  pinning: 'ready',
  pairing_warning: null,
  next_setpoint: { at: '2025-10-09T20:30:00.000Z', temperature: 17 },
  time_zone_warning: null,
  structure_id: 'default',
  away: false,
  schedule_mode: 'HEAT',
  can_heat: true,
  can_cool: true,
  api_key: '',
  owner: 'homeassistant',
  model: 'Display-2.12',
  has_uploaded: true,
  subscription_count: 1,
  max_sleep_seconds: 300,
}

const CHANGE: ChangeAnswer = {
  id: 17,
  serial: SERIAL,
  command: 'set_temperature',
  state: 'confirmed',
  created_at: '2025-10-09T08:53:20.000Z',
  ended_at: '2025-10-09T08:53:21.500Z',
  reason: null,
  parts: [
    {
      object_key: 'shared.02AA01AC12345678',
      fields: {
        target_temperature: 21.5,
        target_change_pending: true,
        touched_by: { touched_by: 3, touched_at: 1760000000, touched_user_id: '' },
      },
      state: 'confirmed',
      sends: 1,
      sent_at: '2025-10-09T08:53:20.010Z',
      expires_at: null,
      ended_at: '2025-10-09T08:53:21.500Z',
      reason: null,
    },
  ],
}

const HOSTED_DEVICE = { id: SERIAL, serial: SERIAL, name: 'Hallway' }
/** Of every request of the hosted API that sets something. */
const HANDLED = {
  success: true,
  message: 'Command handled',
  device: SERIAL,
  object: `shared.${SERIAL}`,
  revision: 153,
  timestamp: 1_760_000_000_000,
} as const

type Examples = {
  readonly [N in EndpointName]: {
    readonly answer: Answer<N>
  } & (Sent<N> extends { readonly body?: infer B } ? { readonly body: B } : unknown)
}

/** One request body and one answer of every endpoint, for docs/openapi.json. */
export const EXAMPLES: Examples = {
  getRoot: { answer: { server: 'nle', message: 'This is the control API of nle, for programs.' } },
  getLive: { answer: { live: true } },
  getReady: { answer: { ready: true } },
  getHealth: { answer: { status: 'ok', server: 'nle', version: '0.1.0' } },
  getStatus: { answer: STATUS },
  sendCommand: {
    body: { serial: SERIAL, command: 'set_temperature', value: 21.5 },
    answer: {
      success: true,
      data: {
        object_key: 'shared.02AA01AC12345678',
        values: {
          target_temperature: 21.5,
          target_change_pending: true,
          touched_by: { touched_by: 3, touched_at: 1760000000, touched_user_id: '' },
        },
      },
      change_id: 17,
      delivery: 'pushed',
    },
  },
  notifyDevice: { body: { serial: SERIAL }, answer: { success: true, subscribers_notified: 1 } },
  listDevices: { answer: { devices: [STATUS], total: 1 } },
  deleteDevice: {
    body: { serial: SERIAL },
    answer: { success: true, serial: SERIAL, objects_deleted: 6 },
  },
  deleteBucket: {
    body: { serial: SERIAL, object_key: `where.${SERIAL}` },
    answer: {
      success: true,
      serial: SERIAL,
      object_key: `where.${SERIAL}`,
      asks_for_upload: true,
    },
  },
  forgetUnpaired: { answer: { success: true, forgotten: 12, bytes: 240_128, kept: 1 } },
  getDeviceSettings: {
    answer: {
      serial: SERIAL,
      settings: { away_temperature_low: 12, learning_mode: true, fan_timer_duration: 900 },
    },
  },
  getSchedule: {
    answer: {
      serial: SERIAL,
      schedule: {
        ver: 2,
        name: 'Current schedule',
        schedule_mode: 'HEAT',
        days: {
          '0': {
            '0': { type: 'HEAT', time: 25200, entry_type: 'setpoint', temp: 20 },
            '1': { type: 'HEAT', time: 79200, entry_type: 'setpoint', temp: 17 },
          },
        },
      },
      object_revision: 3,
      object_timestamp: 1760000000000,
    },
  },
  listChanges: { answer: { changes: [CHANGE] } },
  getChange: { answer: CHANGE },
  watchEvents: { answer: 'id: 1abcd-7\ndata: {"serial":"02AA01AC12345678"}\n\n' },
  getStats: {
    answer: {
      devices: { total: 1, available: 1, serials: [SERIAL] },
      subscriptions: { total_subscriptions: 1, devices_with_subscriptions: 1 },
      availability: {
        '02AA01AC12345678': { is_available: true, last_seen: '2025-10-09T08:53:20.000Z' },
      },
    },
  },
  getConfig: {
    answer: {
      api_origin: 'http://192.168.1.5:8000',
      cloudregisterurl: 'http://192.168.1.5:8000/entry',
      require_device_pairing: false,
      entry_key_ttl_seconds: 3600,
    },
  },
  registerDevice: {
    body: { code: 'A3X-R7M2', userId: 'homeassistant' },
    answer: {
      success: true,
      serial: SERIAL,
      message: 'Device 02AA01AC12345678 registered to homeassistant',
      name: 'Hallway',
      subscribers_notified: 1,
    },
  },
  listWaiting: {
    answer: {
      waiting: [
        {
          serial: SERIAL,
          name: SERIAL,
          since: '2025-10-09T08:53:20.000Z',
          has_uploaded: true,
          paired_anew: false,
        },
      ],
      total: 1,
      held_back: [
        {
          serial: '09AA01AC87654321',
          name: 'Bedroom',
          since: '2025-10-09T08:51:00.000Z',
          code_at: '2025-10-09T09:02:10.000Z',
        },
      ],
    },
  },
  getPairing: {
    answer: {
      serial: SERIAL,
      name: 'Hallway',
      owner: 'homeassistant',
      confirmed: true,
      is_available: true,
    },
  },
  dismissPairing: {
    answer: { success: true, message: 'Pairing dialog dismissed for 02AA01AC12345678' },
  },
  repin: { answer: { success: true, serial: SERIAL, was_pinned: true } },
  pin: { body: { pinned: true }, answer: { success: true, serial: SERIAL, pinned: true } },
  listOwned: { answer: [{ serial: SERIAL, createdAt: 1760000000000 }] },
  releaseDevice: { answer: { success: true, message: 'Device 02AA01AC12345678 deleted' } },
  ensureUser: {
    body: { userId: 'homeassistant', email: 'homeassistant@local' },
    answer: { success: true, created: true },
  },
  scanNetwork: {
    body: { subnet: '192.168.1.0/24' },
    answer: {
      devices: [
        {
          ip: '192.168.1.20',
          device_name: 'Hallway',
          cloudregisterurl: 'http://192.168.1.5:8000/entry',
          configured: true,
        },
      ],
      subnet: '192.168.1.0/24',
    },
  },
  configureNest: {
    body: { ip: '192.168.1.20' },
    answer: { success: true, device_name: 'Hallway' },
  },
  getMqttConfig: {
    answer: {
      configured: true,
      source: 'store',
      brokerUrl: 'mqtt://192.168.1.5:1883',
      username: 'nle',
      hasPassword: true,
      clientId: 'nle-1f0c2a9b',
      topicPrefix: 'nolongerevil',
      discoveryPrefix: 'homeassistant',
      publishRaw: true,
      homeAssistantDiscovery: true,
      connected: true,
      connectedAt: '2025-10-09T08:53:20.000Z',
      protocolVersion: '5',
      lastError: null,
      thermostats: 2,
      messagesSent: 571,
      messagesWaiting: 0,
      messagesRefused: 0,
    },
  },
  setMqttConfig: {
    body: { brokerUrl: 'mqtt://192.168.1.5:1883', username: 'nle', password: 'secret' },
    answer: { success: true, created: true },
  },
  removeMqttConfig: { answer: { success: true, removed: true } },
  listNotifications: {
    answer: {
      receivers: [
        {
          id: '5f0c9a21',
          name: 'phone',
          type: 'ntfy',
          to: 'https://ntfy.sh/…',
          events: ['offline', 'battery_low'],
          quiet: '22:00-07:00',
          waiting: 0,
          last_sent_at: '2025-10-09T08:53:20.000Z',
          last_error: null,
        },
      ],
      time_zone: 'Europe/Berlin',
    },
  },
  addNotification: {
    body: { url: 'http://192.168.1.9:8123/api/webhook/nle', name: 'Home Assistant' },
    answer: {
      success: true,
      id: '5f0c9a21',
      name: 'Home Assistant',
      secret: 'q1mNf3Q0bJ0f3n0m5e2b7w9x4c6v8z1a',
    },
  },
  removeNotification: { answer: { success: true, id: '5f0c9a21', name: 'phone' } },
  testNotification: { answer: { success: true, id: '5f0c9a21', name: 'phone', status: 200 } },
  getMetrics: {
    answer:
      '# TYPE nle_thermostat_temperature_celsius gauge\nnle_thermostat_temperature_celsius{serial="02AA01AC12345678"} 20.5\n',
  },
  getHistory: {
    answer: {
      serial: SERIAL,
      from: 1759960800000,
      to: 1759968000000,
      step: 3600000,
      time_zone: 'Europe/Berlin',
      time: [1759960800000, 1759964400000],
      temperature: [19.84, null],
      heating: [0.42, null],
      mode: ['heat', null],
      online: [true, false],
    },
  },
  getRuntime: {
    answer: {
      serial: SERIAL,
      time_zone: 'Europe/Berlin',
      by: 'day',
      rows: [
        {
          from: 1759874400000,
          to: 1759960800000,
          seconds: 86400,
          heating: 15300,
          heating_2: 0,
          heating_3: 0,
          cooling: 0,
          cooling_2: 0,
          cooling_3: 0,
          fan: 15300,
          hot_water: 0,
          degree_hours_heating: 211.4,
          degree_hours_cooling: 0,
        },
      ],
    },
  },
  getBackup: { answer: 'SQLite format 3…' },
  listTokens: { answer: { tokens: [{ ...TOKEN, last_used_at: '2025-10-09T08:53:20.000Z' }] } },
  createToken: {
    body: { name: 'Home Assistant', scope: 'control' },
    answer: { success: true, token: 'nle_9f8e7d6c5b4a39281706f5e4d3c2b1a0', ...TOKEN },
  },
  revokeToken: { answer: { success: true, ...TOKEN, left: 0 } },
  getDoctor: {
    answer: {
      findings: [
        { level: 'ok', title: 'disk', text: '9120 MiB are free', todo: null },
        {
          level: 'warning',
          title: 'clock',
          text: 'it does not follow the network’s time',
          todo: 'Set the time and keep it: "timedatectl set-ntp true", or chrony.',
        },
      ],
    },
  },
  getSettings: {
    answer: {
      settings: [
        {
          name: 'serverPort',
          env: 'SERVER_PORT',
          flag: '--port',
          value: '8000',
          source: 'default',
          secret: false,
        },
      ],
      database: '/var/lib/nle/nle.sqlite',
      file: null,
      remarks: [],
    },
  },
  listBuckets: {
    answer: {
      buckets: [
        {
          serial: SERIAL,
          object_key: `shared.${SERIAL}`,
          object_revision: 3,
          object_timestamp: 1_760_000_000_000,
          size: 812,
        },
      ],
      total: 1,
    },
  },
  getBucket: {
    answer: {
      serial: SERIAL,
      object_key: `shared.${SERIAL}`,
      object_revision: 3,
      object_timestamp: 1_760_000_000_000,
      value: { name: 'Hallway', target_temperature: 21.5 },
      hidden: false,
    },
  },
  getSession: { answer: { needed: true, scope: 'control', owner: false, by: 'session' } },
  openSession: {
    body: { token: 'nle_sKx0…' },
    answer: { success: true, scope: 'control' },
  },
  endSession: { answer: { success: true } },
  getLog: { answer: { lines: ['2025-10-09 08:53:20 thermostat paired serial=02AA01AC12345678'] } },
  hostedDevices: { answer: { devices: [{ ...HOSTED_DEVICE, accessType: 'owner' }] } },
  hostedStatus: {
    answer: {
      device: HOSTED_DEVICE,
      state: {
        [`shared.${SERIAL}`]: {
          object_revision: 152,
          object_timestamp: 1_760_000_000_000,
          value: { current_temperature: 20.5, target_temperature: 21.5 },
        },
      },
    },
  },
  hostedTemperature: { body: { value: 70, mode: 'heat', scale: 'F' }, answer: HANDLED },
  hostedRange: { body: { low: 19, high: 24 }, answer: HANDLED },
  hostedMode: { body: { mode: 'heat-cool' }, answer: HANDLED },
  hostedAway: { body: { away: true }, answer: HANDLED },
  hostedFan: { body: { duration: 900 }, answer: HANDLED },
  hostedLock: { body: { enabled: false }, answer: HANDLED },
  hostedSchedule: { answer: { device: HOSTED_DEVICE, schedule: null } },
  hostedSetSchedule: { body: { schedule: { schedule_mode: 'HEAT', days: {} } }, answer: HANDLED },
  hostedDelete: { answer: { success: true, message: 'Device deleted successfully' } },
  getMatter: {
    answer: {
      on: true,
      source: 'store',
      running: true,
      port: 5540,
      interface: 'eth0',
      fabrics: [{ index: 1, name: 'Apple Home', vendor: 4937 }],
      window_until: null,
      thermostats: 2,
      memory_bytes: 231735296,
      restarts: 0,
      last_error: null,
    },
  },
  setMatter: { body: { on: true }, answer: { success: true, on: true } },
  resetMatter: { answer: { success: true } },
  getMatterCodes: { answer: { manual_code: null, qr_code: null, until: null } },
  openMatter: {
    answer: {
      success: true,
      manual_code: '11128514311',
      qr_code: 'MT:Y.K90Q1212GR6U6VI00',
      until: '2025-10-09T09:08:20.000Z',
    },
  },
  removeMatterFabric: { answer: { success: true, name: 'Apple Home' } },
}

/** What a refusal says, by the status it comes with. */
export const REFUSALS: Readonly<Record<number, string>> = {
  400: 'Missing required field: serial',
  401: 'The thermostat asks for its key.',
  404: 'Device not found',
  429: 'Too many wrong codes. Try again in 40 seconds.',
  500: 'Something went wrong in the server; its log says more.',
  503: 'This server is stopping.',
  502: 'The thermostat at 192.168.1.20 cannot be reached: no answer in time. Is it awake, and on this network?',
}
