import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { get as getPlain } from 'node:http'
import { get as getTls } from 'node:https'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { dirname } from 'node:path'
import type { JsonObject } from '../../protocol/bucket.ts'
import { jsonObjectIn } from '../../protocol/input.ts'
import { type LanAddress, lanAddress } from '../lan/lan-address.ts'
import { hearsMulticast } from './multicast.ts'

const TIMEOUT_MS = 3_000
const MAX_BYTES = 1024 * 1024

/** The machine and the network as the checks see them; a test passes its own. */
export interface Machine {
  isFree(host: string, port: number): Promise<boolean>
  /** The JSON object a URL answers with; undefined when it does not. */
  ask(url: string): Promise<JsonObject | undefined>
  lan(): LanAddress | undefined
  ownAddresses(): readonly string[]
  hasIpv6(interfaceName: string): boolean
  /** See `hearsMulticast`. */
  hearsMulticast(interfaceName: string): Promise<boolean | undefined>
  /** Whether the clock follows the network's time; undefined where the system does not tell. */
  clockFollows(): Promise<boolean | undefined>
  /** Undefined where the file system does not tell. */
  freeBytes(path: string): number | undefined
  isWritable(path: string): boolean
}

/** The machine nle runs on. */
export function thisMachine(): Machine {
  return {
    isFree: (host, port) =>
      new Promise((resolve) => {
        const server = createServer()
        server.once('error', () => resolve(false))
        server.listen({ host, port }, () => server.close(() => resolve(true)))
      }),
    ask,
    lan: () => lanAddress(),
    ownAddresses: () =>
      Object.values(networkInterfaces()).flatMap((each) =>
        (each ?? []).map(({ address }) => address),
      ),
    hasIpv6: (name) => (networkInterfaces()[name] ?? []).some(({ family }) => family === 'IPv6'),
    hearsMulticast,
    clockFollows: () =>
      new Promise((resolve) => {
        // systemd's answer covers its own timesyncd, chrony and ntpd: the kernel keeps the flag.
        const args = ['show', '--property=NTPSynchronized', '--value']
        execFile('timedatectl', args, { timeout: TIMEOUT_MS }, (error, stdout) => {
          const said = error === null ? stdout.trim() : ''
          resolve(said === 'yes' ? true : said === 'no' ? false : undefined)
        })
      }),
    freeBytes(path) {
      try {
        const { bavail, bsize } = statfsSync(nearestExisting(path))
        return bavail * bsize
      } catch {
        return undefined
      }
    },
    isWritable(path) {
      try {
        accessSync(nearestExisting(path), constants.W_OK)
        return true
      } catch {
        return false
      }
    },
  }
}

/** The path, or the nearest folder above it that exists. */
function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path))
}

function ask(url: string): Promise<JsonObject | undefined> {
  return new Promise((resolve) => {
    // `checkTls` checks the certificate, in its file.
    const get = url.startsWith('https:') ? getTls : getPlain
    const asked = get(
      url,
      {
        agent: false,
        timeout: TIMEOUT_MS,
        rejectUnauthorized: false,
      } as Parameters<typeof getTls>[1],
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
          if (text.length > MAX_BYTES) asked.destroy()
        })
        response.on('end', () => resolve(jsonObjectIn(text)))
      },
    )
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(undefined))
    asked.on('close', () => resolve(undefined))
  })
}
