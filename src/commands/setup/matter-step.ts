import { settledBridge } from '../client/settled.ts'
import { codesOf, printBridge } from '../matter/bridge-status.ts'
import { note } from '../terminal/print.ts'
import type { LookedAround } from './look-around.ts'
import { askStep, blockedStep, type Direction, type SetupRoom } from './setup-room.ts'

/** Switches the Matter bridge on, and shows the code for an app. */
export async function matterStep(
  room: SetupRoom,
  { found: { told }, client }: LookedAround,
): Promise<Direction> {
  const { io } = room
  if (client === undefined || told === undefined) return blockedStep(room)
  const { on, running } = told.matter
  const action = await askStep(
    room,
    on
      ? ([{ value: 'show', name: 'Show its state and code' }] as const)
      : ([{ value: 'on', name: 'Switch it on' }] as const),
    on && running ? 'first' : 'last',
  )
  if (action !== 'on' && action !== 'show') return action ?? 'again'
  if (action === 'on') {
    const answer = await client.call('setMatter', { body: { on: true } })
    if (answer.note !== undefined) note(io, answer.note)
  }
  const status = await settledBridge(client, io)
  printBridge(status, await codesOf(client), io)
  return 'again'
}
