import { DEFAULT_USER_ID } from '../../protocol/pairing/claim.ts'
import { scaleOf } from '../client/answers.ts'
import type { ServerClient } from '../client/client.ts'
import type { Named } from '../client/find-device.ts'
import { temperature } from '../format/units.ts'
import { waitForConfirmation } from '../pair/confirmation.ts'
import { type PairWay, pairByServer } from '../pair/ways.ts'
import { askCode, introduction } from '../pair/wizard.ts'
import { chalkOf, note } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { waitFor } from '../terminal/progress.ts'
import type { LookedAround } from './look-around.ts'
import { askStep, blockedStep, type Direction, type SetupRoom } from './setup-room.ts'
import { registerUrl } from './situation.ts'

/** How often it is looked whether a thermostat shows its code, ms. */
const LOOK_MS = 1_000
/** A thermostat that is connected has told its temperature before it shows a code. */
const TEMPERATURE_TIMEOUT_MS = 30_000

/** Leads a thermostat here, waits for its code, and pairs it. */
export async function thermostatStep(
  room: SetupRoom,
  { found, client }: LookedAround,
): Promise<Direction> {
  const { io } = room
  const { told } = found
  if (client === undefined || told === undefined) return blockedStep(room)
  const way = pairByServer(client)
  const { shown } = await way.waiting()
  if (shown.length === 0 && told.paired === 0) {
    const chalk = chalkOf(io)
    note(io, `1. Give the thermostat this address: ${chalk.bold(registerUrl(found))}`)
    note(
      io,
      '   In the firmware installer, or on its own settings page (http://<its address>:8080). In another terminal, "nle scan" finds it, and "nle configure" gives it the address.',
    )
    note(io, '2. On the thermostat: press the ring, then Settings, Nest App, Get Entry Code.')
    note(io, 'It is seen here as soon as it shows its code.')
  }
  const isWaiting = shown.length > 0
  const type = isWaiting ? 'Type the code of a thermostat' : 'I have a code'
  const leads = told.paired > 0 && !isWaiting ? 'first' : 'last'
  const seen = new AbortController()
  const watching = watch(room, way, shown.length, seen)
  const action = await askStep(room, [{ value: 'type', name: type }], leads, seen.signal).finally(
    watching.end,
  )
  if (action === 'next' || action === 'back') return action
  const { shown: now, heldBack } = await way.waiting()
  for (const line of introduction(now, heldBack, io)) note(io, line)
  const paired = await askCode(way, DEFAULT_USER_ID, io, '(empty: leave it)')
  if (paired === undefined) return 'again'
  await greet(room, client, way, paired)
  return 'again'
}

/** Takes the question back once more thermostats show a code. */
function watch({ io }: SetupRoom, way: PairWay, known: number, seen: AbortController) {
  let isOver = false
  const look = async (): Promise<void> => {
    while (!isOver) {
      await io.sleep(LOOK_MS)
      if (isOver) return
      // A server that is away for a moment, or restarts, is asked again.
      const waiting = await way.waiting().catch(() => undefined)
      if (waiting !== undefined && waiting.shown.length > known) return seen.abort()
    }
  }
  // Ctrl-C ends the sleep as well as the question.
  look().catch(() => {})
  return {
    end(): void {
      isOver = true
    },
  }
}

/** Says that it is paired, and what it measures. */
async function greet(
  { io }: SetupRoom,
  client: ServerClient,
  way: PairWay,
  { serial, name: claimed }: Named,
): Promise<void> {
  const progress = await waitForConfirmation(way, { serial, name: claimed }, io)
  const name = printable(progress?.name ?? claimed)
  if (progress === undefined) {
    return note(io, `✓ ${name} is paired. It has not confirmed yet; it is told when it connects.`)
  }
  const status = await waitFor(
    io,
    () => `Waiting for the temperature of ${name}`,
    TEMPERATURE_TIMEOUT_MS,
    async () => {
      const now = await client.status(serial)
      return now.current_temperature === null ? undefined : now
    },
  )
  const celsius = status?.current_temperature ?? undefined
  const measures =
    status === undefined || celsius === undefined
      ? ''
      : ` It measures ${temperature(celsius, scaleOf(status))}.`
  note(io, `✓ ${name} is paired.${measures}`)
}
