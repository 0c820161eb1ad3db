import type { Command } from 'commander'
import { toSerial } from '../../protocol/identity.ts'
import { quickDevices } from '../client/quick-ask.ts'
import { needsDevices, type Offered, wordsFor } from '../help/argument-words.ts'
import { readTypedLine } from '../help/typed-place.ts'
import { verbTable } from '../help/verb-table.ts'
import { serverChoice } from '../options/server-options.ts'
import type { Io } from '../terminal/io.ts'

/** A person waits at a key: a server that takes longer is as good as none. */
const PATIENCE_MS = 1_000

/** For completion scripts; no person types it. */
export function registerComplete(program: Command, io: Io): void {
  program
    .command('__complete', { hidden: true })
    .description('print the words that may come next, each with a tab and what it stands for')
    .argument('[words...]')
    .action(async (words: readonly string[]) => {
      try {
        await complete(program, words, io)
      } catch {
        // Nothing is offered: a message would be written into the line that is being typed.
      }
    })
}

async function complete(program: Command, words: readonly string[], io: Io): Promise<void> {
  const { place, options } = readTypedLine(verbTable(program), words)
  if (place === undefined) return
  const devices = needsDevices(place.argument) ? await offered(options, io) : []
  for (const { word, about } of wordsFor(place, devices)) {
    io.stdout.write(about === undefined ? `${word}\n` : `${word}\t${about}\n`)
  }
}

async function offered(options: ReadonlyMap<string, string>, io: Io): Promise<Offered[]> {
  const [server, db] = [options.get('--server'), options.get('--db')]
  const named = { ...(server === undefined ? {} : { server }), ...(db === undefined ? {} : { db }) }
  const stop = AbortSignal.any([io.stop, AbortSignal.timeout(PATIENCE_MS)])
  const statuses = await quickDevices(serverChoice(named, io.env), { env: io.env, stop })
  // Any server may answer: nothing but a serial is offered as one.
  const known = statuses.filter(({ serial }) => toSerial(serial) === serial)
  return known.map(({ serial, name, owner }) => ({ serial, name, isPaired: owner !== null }))
}
