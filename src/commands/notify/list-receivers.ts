import { NOTICE_KINDS } from '../../protocol/notify/notice.ts'
import { age } from '../format/units.ts'
import type { Invocation } from '../invocation.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'

export async function listReceivers(call: Invocation): Promise<void> {
  const { io, json } = call
  const client = await call.requireServer()
  const answer = await client.call('listNotifications')
  if (json) return printJson(io, answer)
  const { receivers, time_zone } = answer
  if (receivers.length === 0) {
    return printLine(io, 'Nobody is told when something is wrong: see "nle help notify add".')
  }
  const head = ['ID', 'NAME', 'TO', 'EVENTS', 'QUIET', 'LAST', 'WAITING']
  const rows = receivers.map((each) => [
    each.id,
    each.name,
    each.to,
    each.events.length === NOTICE_KINDS.length ? 'all' : each.events.join(', '),
    each.quiet ?? '-',
    each.last_sent_at === null ? '-' : age(Date.parse(each.last_sent_at), io.nowMs()),
    String(each.waiting),
  ])
  const columns = head.map((title) => (title === 'EVENTS' ? { title, minWidth: 8 } : { title }))
  io.stdout.write(table(columns, rows, io.columns, chalkOf(io).dim))
  if (receivers.some(({ quiet }) => quiet !== null)) note(io, `Quiet times are in ${time_zone}.`)
  for (const { name, last_error } of receivers) {
    if (last_error !== null) note(io, `${printable(name)}: ${printable(last_error)}`)
  }
}
