import type { Command } from 'commander'
import { quickHealth } from '../client/quick-ask.ts'
import { onServer } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { printable } from '../terminal/printable.ts'

/** A server that is well answers at once. */
const PATIENCE_MS = 3_000

export function registerHealth(program: Command, io: Io): void {
  const command = program
    .command('health')
    .description('ask the running server whether it is well, as a container does')
    .addHelpText('after', '\nExamples:\n  $ nle health\n  $ nle health --server nas')
  onServer(command, io, async (call) => {
    const stop = AbortSignal.any([io.stop, AbortSignal.timeout(PATIENCE_MS)])
    const answer =
      (await quickHealth(call.choice, { env: io.env, stop })) ??
      (await (await call.requireServer()).call('getHealth'))
    const text =
      answer.status === 'ok' ? 'ok' : `degraded: ${printable(String(answer.reason ?? ''))}`
    call.print(answer, text)
  })
}
