import type { Command } from 'commander'
import { onServer } from '../invocation.ts'
import type { Io } from '../terminal/io.ts'
import { printable } from '../terminal/printable.ts'

export function registerHealth(program: Command, io: Io): void {
  const command = program
    .command('health')
    .description('ask the running server whether it is well, as a container does')
    .addHelpText('after', '\nExamples:\n  $ nle health\n  $ nle health --server nas')
  onServer(command, io, async (call) => {
    const client = await call.requireServer()
    const answer = await client.call('getHealth')
    const text =
      answer.status === 'ok' ? 'ok' : `degraded: ${printable(String(answer.reason ?? ''))}`
    call.print(answer, text)
  })
}
