import { type AddressInfo, connect, createServer } from 'node:net'
import type { Test } from 'tap'

/** What passed on one connection; a thermostat sends each request on its own. */
export interface Passed {
  readonly requestLine: string
  /** Status line, headers and body as the thermostat got them so far, one character for each byte. */
  readonly answer: string
}

/** Passes bytes on between a thermostat and the server, and keeps what the thermostat was sent. */
export class RecordingProxy {
  /** Every connection, in the order in which their first bytes came. */
  readonly passed: Passed[] = []
  readonly origin: string

  private constructor(port: number) {
    this.origin = `http://127.0.0.1:${port}`
  }

  /** @param serverUrl - where the bytes go; nothing needs to listen there all the time */
  static async open(t: Test, serverUrl: string): Promise<RecordingProxy> {
    const listener = createServer()
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
    t.teardown(() => listener.close())
    const proxy = new RecordingProxy((listener.address() as AddressInfo).port)
    listener.on('connection', (near) => {
      const far = connect(Number(new URL(serverUrl).port), '127.0.0.1')
      let answer = ''
      near.once('data', (bytes) => {
        const [requestLine = ''] = bytes.toString('latin1').split('\r\n', 1)
        proxy.passed.push({
          requestLine,
          get answer() {
            return answer
          },
        })
      })
      near.on('data', (bytes) => far.write(bytes))
      far.on('data', (bytes) => {
        answer += bytes.toString('latin1')
        near.write(bytes)
      })
      // A refused or broken connection is one for the other side as well.
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.on('error', () => {})
        one.on('close', () => other.destroy())
      }
    })
    return proxy
  }

  /** The answers to the requests of one path, without those that are still held. */
  answersTo(path: string): string[] {
    return this.passed
      .filter(({ requestLine, answer }) => requestLine.includes(` ${path} `) && answer !== '')
      .map(({ answer }) => answer)
  }
}
