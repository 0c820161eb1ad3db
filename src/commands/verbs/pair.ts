import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { NleError } from '../../errors.ts'
import { isUserId, USER_ID_RULE } from '../../protocol/identity.ts'
import { DEFAULT_USER_ID } from '../../protocol/pairing/claim.ts'
import { readCode } from '../../protocol/pairing/code-fault.ts'
import type { Named } from '../client/find-device.ts'
import { noServer } from '../client/find-server.ts'
import { withServersNearby } from '../client/servers-nearby.ts'
import { YOURS } from '../format/owner-text.ts'
import { type Invocation, onServer, type SharedOptions } from '../invocation.ts'
import { waitForConfirmation } from '../pair/confirmation.ts'
import { codeProblem } from '../pair/typed-code.ts'
import { type PairingProgress, type PairWay, pairByServer, pairInStore } from '../pair/ways.ts'
import { askAndClaim } from '../pair/wizard.ts'
import type { Io } from '../terminal/io.ts'
import { chalkOf, note, printJson, printLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

interface PairOptions extends SharedOptions {
  readonly user: string
  readonly wait?: boolean
}

export function registerPair(program: Command, io: Io): void {
  const command = program
    .command('pair')
    .description('pair a thermostat by the code on its screen')
    .argument('[code]', 'the code, with or without the dash; asked for when left out')
    .option(
      '--user <id>',
      'whose thermostat it becomes: any name of 1 to 64 characters',
      DEFAULT_USER_ID,
    )
    .addHelpText(
      'after',
      `
Without a code, on a terminal, it says where to find the code and asks for it.
With no server running it pairs in the database; the thermostat is told when a server is back.

Examples:
  $ nle pair
  $ nle pair A3X-R7M2
  $ nle pair a3xr7m2 --user anna --server http://192.168.1.5:8082`,
    )
  onServer(command, io, pair, {
    own: (each) =>
      each
        .option('--wait', 'wait until the thermostat confirms (default on a terminal)')
        .option('--no-wait', 'do not'),
  })
}

async function pair(call: Invocation<PairOptions>, typed: string | undefined): Promise<void> {
  const { io, options } = call
  const { user } = options
  if (!isUserId(user)) {
    throw new NleError(
      'invalid',
      `--user ${printable(JSON.stringify(user))} cannot be a user: ${USER_ID_RULE}.`,
    )
  }
  const code = typed === undefined ? undefined : codeFrom(typed)
  if (code === undefined && !io.interactive) {
    throw new NleError(
      'invalid',
      'There is no terminal to ask for the code on. Give it with the command: nle pair A3X-R7M2',
    )
  }
  const way = await findWay(call)
  // Before the claim, after which nothing may fail any more.
  const isOneOfSeveral = !call.json && (await way.hasOtherUsers(user))
  const claimed =
    code === undefined ? await askAndClaim(way, user, io) : await way.claim(code, user)
  const waits = way.serverUrl !== undefined && (options.wait ?? io.interactive)
  const progress = waits ? await waitForConfirmation(way, claimed, io) : undefined
  report(claimed, progress, { waited: waits, isOneOfSeveral }, way, call)
}

function codeFrom(typed: string): string {
  const code = readCode(typed)
  if (code !== undefined) return code
  throw new NleError('invalid', codeProblem(typed) ?? 'That is not a code.')
}

async function findWay(call: Invocation): Promise<PairWay> {
  const { choice, io } = call
  const target = await call.findTarget()
  if (target.type === 'server') return pairByServer(target.client)
  const { path, silent } = target
  if (silent !== undefined) throw silent
  if (!existsSync(path)) throw await withServersNearby(noServer(choice), choice, io)
  note(io, `No server runs; pairing in ${path}.`)
  return pairInStore(path, io)
}

function report(
  claimed: Named,
  progress: PairingProgress | undefined,
  { waited, isOneOfSeveral }: { waited: boolean; isOneOfSeveral: boolean },
  way: PairWay,
  { io, json, options }: Invocation<PairOptions>,
) {
  const { serial } = claimed
  const name = progress?.name ?? claimed.name
  if (json) {
    const { user } = options
    const confirmed = progress?.confirmed ?? false
    const server = way.serverUrl ?? null
    return printJson(io, { success: true, serial, name, user, confirmed, server })
  }
  const chalk = chalkOf(io)
  const called = name === serial ? '' : ` (${printable(serial)})`
  const whose = isOneOfSeveral ? ` with ${printable(options.user)}` : `: it is ${YOURS} now`
  printLine(io, `${chalk.green('✓')} ${chalk.bold(printable(name))}${called} is paired${whose}.`)
  if (way.serverUrl === undefined) {
    printLine(io, 'The thermostat is told at its next subscribe: start a server with "nle serve".')
  } else if (waited && progress === undefined) {
    printLine(io, 'It has not confirmed yet; it is told as soon as it connects.')
  }
}
