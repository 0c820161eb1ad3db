import type { IClientOptions, MqttClient } from 'mqtt'
import type { BrokerConfig } from '../../protocol/mqtt/broker-config.ts'
import { serverTopic } from '../../protocol/mqtt/topics.ts'
import type { OutgoingMessage } from './outbox.ts'

/** The protocol level in CONNECT: 5, or 4 for version 3.1.1. */
export type ProtocolVersion = 4 | 5

/** One topic filter of a subscription. */
export interface Filter {
  readonly filter: string
  /** Whether the broker shall send the messages it retains. */
  readonly retained: boolean
}

export interface ConnectionEvents {
  message(topic: string, payload: Buffer, retained: boolean): void
  /** The connection has ended; called once, and only after it was established. */
  lost(reason: string): void
  /** The broker does not allow nle to publish or subscribe to this topic. */
  refused(topic: string, reason: string): void
}

/** An established connection. */
export interface Connection {
  readonly protocolVersion: ProtocolVersion
  /** Calls `acknowledged` once the broker has the message; never when the connection ends before. */
  publish(message: OutgoingMessage, acknowledged: () => void): void
  subscribe(filters: readonly Filter[]): void
  unsubscribe(filters: readonly string[]): void
  /** Sends DISCONNECT, unless forced; resolves when the connection is closed. */
  end(force: boolean): Promise<void>
}

/** An attempt to connect failed. */
export class ConnectionFailure extends Error {
  /** The broker answered, and may support version 3.1.1 only. */
  readonly tryOlder: boolean

  constructor(reason: string, tryOlder: boolean) {
    super(reason)
    this.name = 'ConnectionFailure'
    this.tryOlder = tryOlder
  }
}

export interface ConnectOptions {
  readonly config: BrokerConfig
  readonly clientId: string
  readonly protocolVersion: ProtocolVersion
  readonly timeoutMs: number
  readonly keepaliveS: number
  /** Cancels the attempt. */
  readonly signal: AbortSignal
}

/** The longest packet that the broker may send; the largest schedule fits. */
const MAX_PACKET_BYTES = 256 * 1024

/**
 * How brokers refuse version 5: the reason code of 3.1.1, those of version 5, and socket errors of a
 * broker that hangs up on a CONNECT it does not understand.
 */
const OLDER_CODES: ReadonlySet<unknown> = new Set([1, 0x81, 0x82, 0x84, 'ECONNRESET', 'EPIPE'])

/**
 * Makes one attempt to connect. The client's own reconnecting and queueing are off, because it would
 * send outdated states after the reconnect.
 *
 * @throws ConnectionFailure
 */
export async function connect(
  options: ConnectOptions,
  events: ConnectionEvents,
): Promise<Connection> {
  // Imported here, because most servers have no broker.
  const { connect: open } = await import('mqtt')
  if (options.signal.aborted) throw new ConnectionFailure('it was given up', false)
  const client = open(clientOptions(options))
  return new Promise((resolve, reject) => {
    let established = false
    let failure: { reason: string; code: unknown } | undefined
    let closed = false
    options.signal.addEventListener('abort', () => established || client.end(true), { once: true })
    client.on('error', (error) => {
      failure ??= { reason: error.message || String(error), code: codeOf(error) }
      client.end(true)
    })
    client.on('disconnect', ({ reasonCode }) => {
      failure ??= { reason: `the broker ended the connection (${reasonCode})`, code: reasonCode }
    })
    client.on('close', () => {
      if (closed) return
      closed = true
      client.end(true)
      const reason = failure?.reason ?? 'the broker closed the connection'
      if (established) return events.lost(reason)
      const tryOlder = failure === undefined || OLDER_CODES.has(failure.code)
      reject(new ConnectionFailure(reason, tryOlder))
    })
    client.on('message', (topic, payload, packet) => events.message(topic, payload, packet.retain))
    client.once('connect', () => {
      established = true
      resolve(wrap(client, options.protocolVersion, events))
    })
  })
}

function clientOptions({ config, ...options }: ConnectOptions): IClientOptions {
  const { protocol, hostname, port } = new URL(config.url)
  return {
    protocol: protocol === 'mqtts:' ? 'mqtts' : 'mqtt',
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port),
    clientId: options.clientId,
    protocolId: 'MQTT',
    protocolVersion: options.protocolVersion,
    clean: true,
    keepalive: options.keepaliveS,
    connectTimeout: options.timeoutMs,
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    will: {
      topic: serverTopic(config.topicPrefix),
      payload: Buffer.from('offline'),
      qos: 1,
      retain: true,
    },
    ...(config.username === undefined ? {} : { username: config.username }),
    ...(config.password === undefined ? {} : { password: config.password }),
    ...(config.ca === undefined ? {} : { ca: config.ca }),
    ...(options.protocolVersion === 5
      ? { properties: { maximumPacketSize: MAX_PACKET_BYTES } }
      : {}),
  }
}

function wrap(
  client: MqttClient,
  protocolVersion: ProtocolVersion,
  events: ConnectionEvents,
): Connection {
  return {
    protocolVersion,
    publish({ topic, payload, retain }, acknowledged) {
      client.publish(topic, payload, { qos: 1, retain }, (error) => {
        const refused = typeof codeOf(error) === 'number'
        if (refused) events.refused(topic, error?.message ?? '')
        // The broker has received a message that it refuses; any other error ends the connection.
        if (refused || error === undefined || error === null) acknowledged()
      })
    },
    subscribe(filters) {
      const handling = (retained: boolean) =>
        protocolVersion === 5 ? { rh: retained ? 0 : 2 } : {}
      const wanted = Object.fromEntries(
        filters.map(({ filter, retained }) => [filter, { qos: 1 as const, ...handling(retained) }]),
      )
      client.subscribe(wanted, (error, granted) => {
        for (const { topic, qos } of granted ?? []) {
          if (qos >= 128) events.refused(topic, error?.message ?? `reason code ${qos}`)
        }
        if (error !== null && granted === undefined && client.connected) {
          events.refused(filters.map(({ filter }) => filter).join(' '), error.message)
        }
      })
    },
    unsubscribe(filters) {
      client.unsubscribe([...filters], () => {})
    },
    end: (force) => new Promise((resolve) => client.end(force, {}, () => resolve())),
  }
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null)?.code
}
