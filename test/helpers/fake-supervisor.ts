import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Supervisor } from '../../src/server/supervisor/supervisor.ts'
import { freePort } from '../server/mqtt/broker.ts'

/** The fake connects to the ingress listener from here, and nle listens on the address beside it. */
export const ADDRESS = '127.0.0.2'
const TOKEN = 'the token of the add-on'
/** The path of the add-on's page within Home Assistant. */
export const INGRESS_PATH = '/api/hassio_ingress/pXu3rjB0k-Q_add-on'
/** Home Assistant's own cookie for people whom it lets in. */
const SESSION = 'ingress_session=of-a-person'
export const PERSON = { id: '0123456789abcdef', name: 'Zoë' }

/** The headers that go no further on the way to the add-on. */
const NOT_PASSED_ON = [
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'transfer-encoding',
  'x-remote-user-display-name',
  'x-remote-user-id',
]
/** The headers of an answer that Home Assistant writes itself. */
const NOT_PASSED_BACK = ['connection', 'content-encoding', 'content-length', 'transfer-encoding']

/** What it says to a question of its API: an answer, or no answer at all. */
type Says = { readonly status: number; readonly body: object } | 'nothing'

/**
 * Home Assistant and its supervisor, as an add-on and a browser see them: the API for add-ons, a page with the
 * add-on's page in a frame, and the way there.
 */
export class FakeSupervisor {
  readonly supervisor: Supervisor
  readonly ingressPort: number
  /** By path; what is not here is answered as the supervisor does. */
  readonly says = new Map<string, Says>()
  /** The questions to its API so far. */
  readonly asked: string[] = []
  /** How many questions were given up by who asked. */
  givenUp = 0
  readonly #waiting = new Set<() => void>()

  private constructor(url: string, ingressPort: number) {
    this.supervisor = { url, token: TOKEN, address: ADDRESS }
    this.ingressPort = ingressPort
  }

  static async start(t: Test): Promise<FakeSupervisor> {
    const server = createServer((asked, answer) => void fake.#answer(asked, answer))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const fake = new FakeSupervisor(`http://127.0.0.1:${port}`, await freePort())
    t.teardown(() => {
      server.close()
      server.closeAllConnections()
    })
    return fake
  }

  /** Where a browser finds Home Assistant. */
  get url(): string {
    return this.supervisor.url
  }

  /** Names an MQTT broker to add-ons. */
  offerBroker(port: number, username: string, password: string): void {
    const data = { addon: 'core_mosquitto', host: '127.0.0.1', port, ssl: false, protocol: '3.1.1' }
    this.says.set('/services/mqtt', ok({ ...data, username, password }))
  }

  /** Resolves once so many questions about a path have come. */
  whenAsked(path: string, times: number): Promise<void> {
    return this.#when(() => this.asked.filter((each) => each === path).length >= times)
  }

  /** Resolves once so many questions were given up. */
  whenGivenUp(times: number): Promise<void> {
    return this.#when(() => this.givenUp >= times)
  }

  #when(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!holds()) return
        this.#waiting.delete(check)
        resolve()
      }
      this.#waiting.add(check)
      check()
    })
  }

  async #answer(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    const path = asked.url ?? ''
    if (path.startsWith(`${INGRESS_PATH}/`)) return this.#passOn(asked, answer)
    if (path === '/') {
      const page = `<!doctype html><title>Home Assistant</title><link rel="icon" href="data:,"><iframe src="${INGRESS_PATH}/"></iframe>`
      answer.setHeader('Set-Cookie', `${SESSION}; Path=/api/hassio_ingress/; SameSite=Strict`)
      answer.setHeader('Content-Type', 'text/html').end(page)
      return
    }
    this.asked.push(path)
    const says =
      asked.headers.authorization === `Bearer ${TOKEN}`
        ? (this.says.get(path) ?? this.#itself(path))
        : refusal(401, 'unauthorized')
    answer.on('close', () => {
      if (!answer.writableEnded) this.givenUp += 1
      for (const check of [...this.#waiting]) check()
    })
    if (says !== 'nothing') {
      answer.statusCode = says.status
      answer.setHeader('Content-Type', 'application/json').end(JSON.stringify(says.body))
    }
    for (const check of [...this.#waiting]) check()
  }

  #itself(path: string): Says {
    if (path === '/addons/self/info') {
      return ok({ slug: 'nle', ip_address: '127.0.0.1', ingress_port: this.ingressPort })
    }
    return refusal(400, path === '/services/mqtt' ? 'Service is not enabled' : 'unknown')
  }

  /** As Home Assistant and its supervisor pass on what a browser sends to an add-on. */
  async #passOn(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
    if (asked.headers.cookie?.includes(SESSION) !== true) {
      answer.writeHead(401).end()
      return
    }
    const body = await text(asked)
    const further = callIngress(this.ingressPort, {
      method: asked.method ?? 'GET',
      path: (asked.url ?? '').slice(INGRESS_PATH.length),
      headers: {
        ...without(asked.headers, NOT_PASSED_ON),
        ...ingressHeaders(asked.headers.host ?? ''),
      },
      body,
    })
    try {
      const { statusCode = 0, headers, message } = await further
      answer.writeHead(statusCode, without(headers, NOT_PASSED_BACK))
      message.pipe(answer)
      answer.on('close', () => message.destroy())
    } catch {
      answer.writeHead(502).end()
    }
  }
}

/** The headers that Home Assistant adds on the way to an add-on. */
export function ingressHeaders(host: string): Record<string, string> {
  return {
    'X-Ingress-Path': INGRESS_PATH,
    'X-Hass-Source': 'core.ingress',
    'X-Remote-User-Id': PERSON.id,
    'X-Remote-User-Display-Name': Buffer.from(PERSON.name).toString('latin1'),
    'X-Forwarded-For': '192.168.1.20, 172.30.32.1',
    'X-Forwarded-Host': host,
    'X-Forwarded-Proto': 'http',
  }
}

interface Call {
  readonly method?: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  readonly body?: string
  /** The address to connect from; the supervisor's unless a stranger calls. */
  readonly from?: string
}

interface Called {
  readonly statusCode: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly message: IncomingMessage
}

/** Calls the ingress listener. Rejects when it hangs up. */
export function callIngress(
  port: number,
  { method = 'GET', path, headers = {}, body = '', from = ADDRESS }: Call,
): Promise<Called> {
  return new Promise((resolve, reject) => {
    const host = '127.0.0.1'
    const sent = request({ host, port, localAddress: from, method, path, headers, agent: false })
    sent.on('error', reject)
    sent.on('response', (message) => {
      const { statusCode, headers } = message
      resolve({ statusCode, headers, message })
    })
    Readable.from(body === '' ? [] : [body]).pipe(sent)
  })
}

function without(headers: IncomingMessage['headers'], names: readonly string[]) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name)))
}

function ok(data: object): Says {
  return { status: 200, body: { result: 'ok', data } }
}

function refusal(status: number, message: string): Says {
  return { status, body: { result: 'error', message } }
}
