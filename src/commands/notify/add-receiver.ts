import { text as textOf } from 'node:stream/consumers'
import type { NoticeKind } from '../../protocol/notify/notice.ts'
import type { Invocation, SharedOptions } from '../invocation.ts'
import { readTextFile } from '../terminal/file-error.ts'
import { note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

export interface AddReceiverOptions extends SharedOptions {
  readonly ntfy?: true
  readonly name?: string
  readonly events?: string
  readonly quiet?: string
  readonly secretFile?: string
}

export async function addReceiver(
  call: Invocation<AddReceiverOptions>,
  url: string,
): Promise<void> {
  const { io, json } = call
  const { ntfy, name, events, quiet, secretFile } = call.options
  const given = {
    name,
    quiet,
    secret: secretFile === undefined ? undefined : await secretIn(secretFile, io.stdin),
    events: events === undefined ? undefined : kindsIn(events),
  }
  const fields = Object.entries(given).filter(([, value]) => value !== undefined)
  const body = { url, type: ntfy === true ? 'ntfy' : 'webhook', ...Object.fromEntries(fields) }
  const client = await call.requireServer()
  const answer = await client.call('addNotification', { body })
  if (json) return printJson(io, answer)
  const called = printable(answer.name)
  printLine(io, `${called} is told from now on. "nle notify test" sends a test.`)
  if (answer.secret === undefined) return
  printLine(io, `secret  ${answer.secret}`)
  note(io, 'It signs what the webhook gets, and is not shown again.')
}

/** What is no kind goes to the server, which names those that there are. */
function kindsIn(list: string): NoticeKind[] {
  return list.split(',').map((each) => each.trim() as NoticeKind)
}

async function secretIn(file: string, stdin: Invocation['io']['stdin']): Promise<string> {
  return (file === '-' ? await textOf(stdin) : readTextFile(file)).trim()
}
