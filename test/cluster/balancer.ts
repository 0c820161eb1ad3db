import { type ChildProcess, spawn } from 'node:child_process'
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

/** Starts HAProxy, as docs/cluster.md has it, but that each request may go to any server. */
export function startBalancer(
  folder: string,
  own: Ports,
  servers: readonly Ports[],
): { end(): void } {
  const file = join(folder, 'haproxy.cfg')
  writeFileSync(file, configuration(own, servers))
  const child: ChildProcess = spawn(HAPROXY, ['-q', '-db', '-f', file], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return { end: () => child.kill('SIGKILL') }
}

function configuration(own: Ports, servers: readonly Ports[]): string {
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
      `  server nle${i} 127.0.0.1:${ports[listener]} check port ${ports.control} inter 500ms fall 6 rise 1`,
  )
  .join('\n')}`
  return `global
  maxconn 8000
defaults
  retries 3
  option redispatch 1
  timeout connect 2s
  timeout client 400s
  timeout server 400s
${backend('device')}
${backend('control')}
`
}
