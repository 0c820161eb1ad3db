import { ERROR_CODES, NleError } from '../../errors.ts'
import type { ServerClient } from '../client/client.ts'
import type { Invocation } from '../invocation.ts'
import { printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

export async function testReceivers(call: Invocation, asked: string | undefined): Promise<number> {
  const { io, json } = call
  const client = await call.requireServer()
  const known = asked === undefined ? await receiversOf(client) : [await named(client, asked)]
  if (known.length === 0) {
    throw new NleError('not_found', 'There is no receiver yet. "nle notify add <url>" adds one.')
  }
  const results: { name: string; success: boolean; said: string }[] = []
  for (const { id, name } of known) {
    try {
      const { status } = await client.call('testNotification', { params: { id } })
      results.push({ name, success: true, said: `It answered ${status}.` })
    } catch (error) {
      if (!(error instanceof NleError) || error.code !== 'unreachable') throw error
      results.push({ name, success: false, said: error.message })
    }
  }
  if (json) printJson(io, { tests: results })
  for (const { name, success, said } of json ? [] : results) {
    printLine(io, `${printable(name)}: ${success ? 'sent' : 'not sent'}. ${printable(said)}`)
  }
  return results.every(({ success }) => success) ? 0 : ERROR_CODES.unreachable.exit
}

export async function removeReceiver(call: Invocation, asked: string): Promise<void> {
  const client = await call.requireServer()
  const { id } = await named(client, asked)
  const answer = await client.call('removeNotification', { params: { id } })
  call.print(answer, `${printable(answer.name)} is told nothing more.`)
}

async function receiversOf(client: ServerClient) {
  return (await client.call('listNotifications')).receivers
}

async function named(client: ServerClient, asked: string) {
  const found = (await receiversOf(client)).find(({ id, name }) => id === asked || name === asked)
  if (found !== undefined) return found
  throw new NleError(
    'not_found',
    `There is no receiver "${printable(asked)}". "nle notify list" shows them.`,
  )
}
