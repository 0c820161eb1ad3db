import type { Answer, EndpointName, Sent } from '../src/api/endpoints.ts'
import type { ChangeAnswer, Status } from '../src/api/shapes.ts'

const SERIAL = '02AA01AC12345678'

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
  hot_water: null,
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

type Examples = {
  readonly [N in EndpointName]: {
    readonly answer: Answer<N>
  } & (Sent<N> extends { readonly body?: infer B } ? { readonly body: B } : unknown)
}

/** One request body and one answer of every endpoint, for docs/openapi.json. */
export const EXAMPLES: Examples = {
  getRoot: { answer: { server: 'nle', message: 'This is the control API of nle, for programs.' } },
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
  502: 'The thermostat at 192.168.1.20 cannot be reached: no answer in time. Is it awake, and on this network?',
}
