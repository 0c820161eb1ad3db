import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'

/** Debian installs Mosquitto to a folder that only root has on the PATH. */
const FOLDERS = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']

function find(program: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, program)).find((path) => existsSync(path))
}

const MOSQUITTO = find('mosquitto')
const MOSQUITTO_PASSWD = find('mosquitto_passwd')

/** For tap's `skip`: why tests that need a broker cannot run here, or false. */
export const NO_BROKER: string | false =
  MOSQUITTO === undefined || MOSQUITTO_PASSWD === undefined
    ? 'no mosquitto on this machine (Debian: apt-get install mosquitto)'
    : false

export const USER = 'nle'
export const PASSWORD = 'a secret of the tests'

/** A real Mosquitto on a free port of loopback that requires a password. */
export class Broker {
  readonly port: number
  readonly #folder: string
  #process: ChildProcess | undefined

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
  }

  /** @param more - more lines for its configuration */
  static async start(more: readonly string[] = []): Promise<Broker> {
    const port = await freePort()
    const folder = mkdtempSync(join(tmpdir(), 'nle-mosquitto-'))
    const broker = new Broker(port, folder)
    execFileSync(MOSQUITTO_PASSWD ?? '', ['-b', '-c', join(folder, 'passwords'), USER, PASSWORD])
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous false',
      `password_file ${join(folder, 'passwords')}`,
      // Started by root, Mosquitto would switch to a user that cannot read the folder.
      `user ${userInfo().username}`,
      'persistence false',
      'log_dest stderr',
      'log_type all',
      // The default is 1000: a watcher of every topic that is slower than the server for a moment
      // would miss messages and wait for them for ever.
      'max_queued_messages 100000',
      ...more,
    ]
    writeFileSync(join(folder, 'mosquitto.conf'), `${lines.join('\n')}\n`)
    await broker.run()
    return broker
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`
  }

  /** Starts the broker, the first time or again; resolves when it accepts connections. */
  run(): Promise<void> {
    const child = spawn(MOSQUITTO ?? '', ['-c', join(this.#folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.#process = child
    return new Promise((resolve, reject) => {
      let output = ''
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`mosquitto ended (${code}): ${output}`)))
      child.stderr?.on('data', (chunk: Buffer) => {
        if (output.length < 4096) output += chunk.toString('utf8')
        if (/mosquitto version \S+ running/.test(output)) resolve()
      })
    })
  }

  /** Sends a signal; after one that ends the process, resolves when it has ended. */
  async signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill(name)
    if (name === 'SIGKILL' || name === 'SIGTERM') await ended
  }

  /** Ends the broker and removes its files. */
  async stop(): Promise<void> {
    await this.signal('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
