import { execFileSync } from 'node:child_process'
import type { Test } from 'tap'

/**
 * Two machines on one cable: mDNS does not work over `lo`, and a bridge and a controller want a port each. Network
 * namespaces need root.
 */
export const NO_NAMESPACES = whyNot()

export interface Cable {
  /** Commands that run what follows on the machine of the server, and on that of the app. */
  readonly server: readonly string[]
  readonly app: readonly string[]
  readonly serverAddress: string
}

/** Lays the cable; it is gone when the test ends. */
export async function layCable(t: Test): Promise<Cable> {
  const name = `nle${process.pid}`
  const [server, app] = [`${name}s`, `${name}a`]
  const ip = (...words: readonly string[]): void => void execFileSync('ip', words)
  t.teardown(() => {
    for (const each of [server, app]) ip('netns', 'delete', each)
  })
  for (const each of [server, app]) ip('netns', 'add', each)
  ip('link', 'add', 'eth0', 'netns', server, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', app)
  for (const [n, each] of [server, app].entries()) {
    ip('-n', each, 'addr', 'add', `10.77.0.${n + 1}/24`, 'dev', 'eth0')
    // Usable at once, without a search for others that have it.
    ip('-n', each, 'addr', 'add', `fd77::${n + 1}/64`, 'dev', 'eth0', 'nodad')
    ip('-n', each, 'link', 'set', 'lo', 'up')
    ip('-n', each, 'link', 'set', 'eth0', 'up')
    ip('-n', each, 'route', 'add', 'default', 'via', `10.77.0.${2 - n}`)
  }
  for (const each of [server, app]) await linkLocal(each)
  return {
    server: ['ip', 'netns', 'exec', server],
    app: ['ip', 'netns', 'exec', app],
    serverAddress: '10.77.0.1',
  }
}

/** Waits until the link-local address, from which mDNS is sent, may be used. */
async function linkLocal(namespace: string): Promise<void> {
  const isReady = (): boolean => {
    const words = ['-n', namespace, '-6', 'addr', 'show', 'dev', 'eth0', 'scope', 'link']
    const text = execFileSync('ip', words, { encoding: 'utf8' })
    return text.includes('inet6') && !text.includes('tentative')
  }
  while (!isReady()) await new Promise((resolve) => setTimeout(resolve, 50))
}

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const name = `nle${process.pid}try`
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'ignore' })
    execFileSync('ip', ['netns', 'delete', name], { stdio: 'ignore' })
    return false
  } catch {
    return 'this machine does not allow network namespaces'
  }
}
