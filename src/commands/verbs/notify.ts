import type { Command } from 'commander'
import { onServer } from '../invocation.ts'
import { addReceiver } from '../notify/add-receiver.ts'
import { removeReceiver, testReceivers } from '../notify/known-receivers.ts'
import { listReceivers } from '../notify/list-receivers.ts'
import type { Io } from '../terminal/io.ts'

export function registerNotify(program: Command, io: Io): void {
  const notify = program
    .command('notify')
    .description('say who is told when something is wrong: a webhook, or a phone with ntfy')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle notify add https://ntfy.sh/my-secret-topic --ntfy --quiet 22:00-07:00\n  $ nle notify test',
    )
  const addition = notify
    .command('add')
    .description('tell a webhook or an ntfy topic, from now on')
    .argument('<url>', 'its address; of ntfy, that of the topic')
    .option('--ntfy', 'it is an ntfy topic, not a webhook')
    .option('--name <name>', 'what you call it (default: the host of its address)')
    .option('--events <list>', 'only these, separated by commas; see docs/operations.md')
    .option('--quiet <times>', 'when to wait, by the clock of the server: 22:00-07:00')
    .option(
      '--secret-file <file>',
      'what a webhook is signed with, or the access token of ntfy, in a file; "-" for standard input',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ nle notify add https://ntfy.sh/my-secret-topic --ntfy --quiet 22:00-07:00\n  $ nle notify add http://192.168.1.9:8123/api/webhook/nle --events offline,disk_low',
    )
  onServer(addition, io, addReceiver)
  const trial = notify
    .command('test')
    .description('send a test, and show what the receiver says')
    .argument('[receiver]', 'its id or its name (default: all)')
    .addHelpText('after', '\nExamples:\n  $ nle notify test\n  $ nle notify test ntfy.sh')
  onServer(trial, io, testReceivers)
  const listing = notify
    .command('list')
    .description('list who is told, and how it goes')
    .addHelpText('after', '\nExamples:\n  $ nle notify list')
  onServer(listing, io, listReceivers)
  const removal = notify
    .command('remove')
    .description('tell a receiver nothing more')
    .argument('<receiver>', 'its id or its name')
    .addHelpText('after', '\nExamples:\n  $ nle notify remove ntfy.sh')
  onServer(removal, io, removeReceiver)
}
