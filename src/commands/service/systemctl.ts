import { NleError } from '../../errors.ts'
import type { ServiceHost } from './host.ts'

/**
 * Runs systemctl.
 *
 * @returns what it prints
 * @throws NleError `internal` with what it says when it fails
 */
export async function mustRun(host: ServiceHost, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await host.systemctl(...args)
  if (exitCode === 0) return stdout
  throw new NleError(
    'internal',
    `"systemctl ${args.join(' ')}" failed: ${stderr.trim() || 'it gave no reason'}. ` +
      'Look at "journalctl -u nle -e", then try again.',
  )
}
