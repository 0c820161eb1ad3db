import { connectAsync, type MqttClient } from 'mqtt'
import { type Broker, PASSWORD, USER } from './broker.ts'

/** A message that the watcher received. */
export interface ReceivedMessage {
  readonly topic: string
  readonly payload: string
  readonly retained: boolean
}

/** Another client of the broker: receives all messages, publishes any, and waits for messages. */
export class Watcher {
  readonly client: MqttClient
  readonly url: string
  /** The latest payload of each topic, without topics that were cleared. */
  readonly topics = new Map<string, string>()
  readonly messages: ReceivedMessage[] = []
  readonly #waiting = new Set<() => void>()

  private constructor(client: MqttClient, url: string) {
    this.client = client
    this.url = url
    client.on('message', (topic, bytes, { retain }) => {
      const payload = bytes.toString('utf8')
      this.messages.push({ topic, payload, retained: retain })
      if (payload === '') this.topics.delete(topic)
      else this.topics.set(topic, payload)
      for (const check of [...this.#waiting]) check()
    })
  }

  static async connect(
    broker: Pick<Broker, 'url'>,
    filter = '#',
    clientId?: string,
  ): Promise<Watcher> {
    const client = await connectAsync(broker.url, {
      username: USER,
      password: PASSWORD,
      protocolVersion: 5,
      reconnectPeriod: 0,
      ...(clientId === undefined ? {} : { clientId }),
    })
    const watcher = new Watcher(client, broker.url)
    await client.subscribeAsync(filter, { qos: 1 })
    return watcher
  }

  publish(topic: string, payload: string | Buffer, retain = false): Promise<unknown> {
    return this.client.publishAsync(topic, payload, { qos: 1, retain })
  }

  /** Resolves as soon as `find` finds something, now or after any message. */
  until<T>(find: (watcher: Watcher) => T | undefined | false): Promise<T> {
    return new Promise((resolve) => {
      const check = (): void => {
        const found = find(this)
        if (found === undefined || found === false) return
        this.#waiting.delete(check)
        resolve(found)
      }
      this.#waiting.add(check)
      check()
    })
  }

  /** Resolves when a topic has this payload. */
  value(topic: string, payload: string): Promise<true> {
    return this.until(({ topics }) => topics.get(topic) === payload)
  }

  /** Resolves once all earlier messages have arrived: publishes one itself and waits for it. */
  async catchUp(): Promise<void> {
    const topic = `watcher/${Math.random()}`
    await this.publish(topic, 'caught up')
    await this.value(topic, 'caught up')
  }

  async end(): Promise<void> {
    await this.client.endAsync(true)
  }
}
