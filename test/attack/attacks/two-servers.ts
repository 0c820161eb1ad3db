import { execFileSync, spawn } from 'node:child_process'
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sleep } from '../../../bench/scenario.ts'
import type { Attack } from '../attack.ts'
import type { Crowd } from '../crowd.ts'

const PAUSE_MS = 500

/** Ways to another name for the same file. */
const NAMES: Readonly<Record<string, (file: string, folder: string) => string>> = {
  'a symbolic link': (file, folder) => {
    const other = join(folder, 'nle.sqlite')
    symlinkSync(file, other)
    return other
  },
  'a link to the folder': (file, folder) => {
    const other = join(folder, 'data')
    symlinkSync(dirname(file), other)
    return join(other, 'nle.sqlite')
  },
  'a hard link': (file, folder) => {
    const other = join(folder, 'nle.sqlite')
    linkSync(file, other)
    return other
  },
  'a bind mount of the file': (file, folder) => {
    const other = join(folder, 'nle.sqlite')
    writeFileSync(other, '')
    bind(file, other)
    return other
  },
  'a bind mount of the folder': (file, folder) => {
    bind(dirname(file), folder)
    return join(folder, 'nle.sqlite')
  },
}

/** What is mounted, and must not be when the folder is removed. */
const mounts: string[] = []

function bind(from: string, to: string): void {
  execFileSync('mount', ['--bind', from, to], { stdio: 'ignore' })
  mounts.push(to)
}

/** Second servers on the database of the first, each by another name of the file. */
export const twoServers: Attack = {
  what: 'second servers start on the same database, each by another name of the file',
  strangers: async (crowd) => {
    const place = join(dirname(dirname(crowd.target.databasePath)), 'names')
    const found = Object.entries(NAMES).flatMap(([name, make], n) => {
      const folder = join(place, String(n))
      mkdirSync(folder, { recursive: true })
      try {
        return [[name, make(crowd.target.databasePath, folder)] as const]
      } catch (error) {
        if (!name.includes('bind mount')) throw error
        crowd.count(`${name} is not allowed here`)
        return []
      }
    })
    // Each name once, however short the time is.
    for (const [name, path] of found) await startSecond(crowd, name, path)
    for (let n = 0; !crowd.isOver; n++) {
      await sleep(PAUSE_MS)
      const [name, path] = found[n % found.length] ?? ['', '']
      await startSecond(crowd, name, path)
    }
    for (const mounted of mounts) execFileSync('umount', ['--lazy', mounted])
  },
}

/** Resolves once it ended; fails when it serves. */
function startSecond(crowd: Crowd, name: string, databasePath: string): Promise<void> {
  const [program = '', ...args] = crowd.target.nle
  const ports = ['--port', '0', '--control-port', '0', '--host', '127.0.0.1']
  const options = ['--control-host', '127.0.0.1', '--log-format', 'json']
  const child = spawn(program, [...args, 'serve', '--db', databasePath, ...ports, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const kill = (): boolean => child.kill('SIGKILL')
  process.on('exit', kill)
  child.stderr.resume()
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    if (!text.includes('"device_url"')) return
    crowd.fail(`a second server serves the database, named by ${name}`)
    child.kill('SIGTERM')
  })
  return new Promise((resolve) =>
    child.on('exit', (code) => {
      process.off('exit', kill)
      crowd.count(`by ${name}: exit code ${code}`)
      resolve()
    }),
  )
}
