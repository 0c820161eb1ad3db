import { spawn } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const HAPROXY = '/usr/sbin/haproxy'

/** Why there is no balancer; false where HAProxy is installed. */
export const NO_HAPROXY: string | false = existsSync(HAPROXY)
  ? false
  : 'HAProxy is not installed (apt-get install haproxy)'

/** The ports of one server, or of the balancer itself. */
export interface Ports {
  readonly device: number
  readonly control: number
}

/** A running HAProxy. */
export interface HaProxy {
  /** Stopped with SIGSTOP it lets nothing through, and closes nothing: a network that lost its packets. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
  end(): void
}

/** Starts HAProxy, as docs/cluster.md has it, but that each request may go to any server. */
export function startBalancer(
  folder: string,
  own: Ports,
  servers: readonly Ports[],
  failed: (what: string) => void,
): HaProxy {
  const backend = (listener: keyof Ports): string => `
listen ${listener}
  mode ${listener === 'device' ? 'tcp' : 'http'}
  bind 127.0.0.1:${own[listener]}
  balance roundrobin
  option httpchk
  http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host localhost
${servers
  .map(
    (ports, i) =>
      `  server nle${i} 127.0.0.1:${ports[listener]} check port ${ports.control} inter 500ms fall 4 rise 1`,
  )
  .join('\n')}`
  // A check may take as long as a busy machine needs for it.
  const checks = '  timeout check 1s'
  return start(
    join(folder, 'balancer.cfg'),
    [checks, backend('device'), backend('control')],
    failed,
  )
}

/** The network between a server and its database. */
export function startLink(
  folder: string,
  port: number,
  databasePort: number,
  failed: (what: string) => void,
): HaProxy {
  const link = `
listen database
  mode tcp
  bind 127.0.0.1:${port}
  server database 127.0.0.1:${databasePort}`
  return start(join(folder, `link-${port}.cfg`), [link], failed)
}

function start(file: string, sections: readonly string[], failed: (what: string) => void): HaProxy {
  const text = `global
  maxconn 8000
  nbthread 1
defaults
  retries 3
  option redispatch 1
  timeout connect 2s
  timeout client 400s
  timeout server 400s
${sections.join('\n')}
`
  writeFileSync(file, text)
  const child = spawn(HAPROXY, ['-db', '-q', '-f', file], { stdio: 'ignore' })
  let hasEnded = false
  child.on('error', (error) => failed(`HAProxy did not start: ${error.message}`))
  child.on('exit', (code) => {
    if (!hasEnded) failed(`HAProxy ended with ${code}; its configuration is ${text}`)
  })
  return {
    signal: (name) => child.kill(name),
    end: () => {
      hasEnded = true
      child.kill('SIGKILL')
    },
  }
}
