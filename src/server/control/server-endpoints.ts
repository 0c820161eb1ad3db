import { NleError } from '../../errors.ts'
import { TAKEN } from '../http/reply.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'
import { limitIn } from './request-fields.ts'
import { wantsPage } from './web/negotiation.ts'
import { sendPage } from './web/send-page.ts'

/** What this server is and how it does. */
export function serverEndpoints(services: ControlServices) {
  const { core, version, streams, pageFiles, recentLog } = services
  /** The examination that runs now: it may take seconds, and several callers share it. */
  let examining: ReturnType<ControlServices['examine']> | undefined
  return {
    /** `GET /`: the web page for browsers; tells programs what this is. */
    async getRoot(request, response) {
      if (wantsPage(request.raw.headers.accept)) return sendPage(request, response, pageFiles)
      return {
        server: 'nle',
        message:
          'This is the control API of nle, for programs, and a web page for browsers; docs/api.md says what the API can do. GET /health tells whether it is well, GET /api/devices lists the thermostats.',
      }
    },

    /**
     * `GET /health`: that the server is alive, and that it is nle (the command line looks for
     * `server`). While the database is in trouble it is degraded and still answers 200: a supervisor
     * that watches the HTTP status would restart it, which ends the held connections and repairs nothing.
     */
    async getHealth() {
      await core.health.look()
      const { trouble } = core.health
      if (trouble === undefined) return { status: 'ok', server: 'nle', version }
      // `StoreHealth` takes no `other` failure for trouble.
      const { kind, reason, sinceMs } = trouble
      return {
        status: 'degraded',
        server: 'nle',
        version,
        trouble: kind as Exclude<typeof kind, 'other'>,
        reason,
        since: new Date(sinceMs).toISOString(),
      }
    },

    /** `GET /health/live`: that requests are still answered. */
    getLive() {
      return { live: true }
    },

    /** `GET /health/ready`: whether this process is one to send requests to. */
    async getReady() {
      const refusal = await services.readiness.refusal()
      if (refusal === undefined) return { ready: true }
      throw new NleError('overloaded', refusal, { details: { retryAfterS: 1 } })
    },

    /** `GET /api/stats`: how many thermostats there are, and which of them are available. */
    async getStats() {
      const { store, presence, subscriptions } = core
      const devices = await store.thermostats()
      await presence.learn(devices.map(({ serial }) => serial))
      const availability = Object.fromEntries(
        devices.map(({ serial, device }) => [
          serial,
          {
            is_available: presence.isAvailable(serial),
            last_seen: new Date(presence.lastSeenMs(serial) ?? device.lastSeenAtMs).toISOString(),
          },
        ]),
      )
      const totals = subscriptions.totals()
      return {
        devices: {
          total: devices.length,
          available: Object.values(availability).filter((each) => each.is_available).length,
          serials: devices.map(({ serial }) => serial),
        },
        subscriptions: {
          total_subscriptions: totals.subscriptions,
          devices_with_subscriptions: totals.devices,
        },
        availability,
      }
    },

    /** `GET /api/config`: the addresses that a person enters at thermostats. No secrets. */
    getConfig({ raw, credential }) {
      // Home Assistant reaches an add-on at an address that no thermostat can.
      const isInside = credential === 'ingress'
      const origin = services.originFor(isInside ? undefined : raw.socket.localAddress)
      return {
        api_origin: origin,
        cloudregisterurl: `${origin}/entry`,
        require_device_pairing: services.requireDevicePairing,
        entry_key_ttl_seconds: core.settings.entryKeyTtlS,
      }
    },

    /** `GET /api/log`: what the log has written last. */
    getLog({ query }) {
      return { lines: recentLog.lines(limitIn(query)) }
    },

    /** `GET /api/settings`: what the server works with, secrets masked. */
    getSettings() {
      return services.settings
    },

    /** `GET /api/doctor`: the checks of `nle doctor` that only this server can make. */
    async getDoctor() {
      examining ??= services.examine().finally(() => {
        examining = undefined
      })
      const findings = await examining
      return {
        findings: findings.map(({ check, level, message, mend }) => ({
          level,
          title: check,
          text: message,
          todo: mend ?? null,
        })),
      }
    },

    /** `GET /api/events`: what changes; `?detail=1` adds statuses and the states of commands. */
    watchEvents({ method, query, raw, limitKey }, response) {
      const lastId = raw.headers['last-event-id']
      streams.open(response, {
        key: limitKey,
        detail: query.get('detail') === '1',
        lastId: typeof lastId === 'string' && lastId !== '' ? lastId : undefined,
      })
      // A HEAD request has its headers now.
      if (method === 'HEAD') response.end()
      return TAKEN
    },
  } satisfies SomeHandlers
}
