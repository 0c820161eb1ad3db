import { resolveConfig } from '../../config.ts'
import { NleError } from '../../errors.ts'
import { namesPort } from '../../protocol/pairing/entry-document.ts'
import { keepOrigin, SERVICE_SETTINGS } from '../service/service-settings.ts'
import { mustRun } from '../service/systemctl.ts'
import { UNIT_NAME } from '../service/unit.ts'
import { note } from '../terminal/print.ts'
import { askText, choose, offer } from '../terminal/prompt.ts'
import { judgeStep } from './judge-step.ts'
import type { LookedAround } from './look-around.ts'
import { askStep, type Direction, type SetupRoom, STOPPED } from './setup-room.ts'
import type { Situation } from './situation.ts'

/** Which address thermostats are told. */
export async function addressStep(room: SetupRoom, { found }: LookedAround): Promise<Direction> {
  const isDone = judgeStep('address', found).state === 'done'
  const action = await askStep(
    room,
    [{ value: 'choose', name: 'Choose another address' }],
    isDone ? 'first' : 'last',
  )
  if (action !== 'choose') return action ?? 'again'
  const origin = await chosenOrigin(room, found)
  if (origin === undefined || origin === found.origin) return 'again'
  await tell(room, found, origin)
  return 'next'
}

/** One of this machine, or what a person types; undefined for neither. */
async function chosenOrigin(room: SetupRoom, found: Situation): Promise<string | undefined> {
  const { io } = room
  const told = new URL(found.origin)
  // A proxy may have the usual ports; at an address of this machine thermostats reach nle itself.
  const { config } = await room.call.settings()
  const isOwn = !found.originIsSet && told.port !== ''
  const port = isOwn ? told.port : String(config.serverPort)
  // The addresses of a container, or of this machine while the server is on another one, are of no use.
  const isHere = !found.machine.isContainer && !isElsewhere(found)
  const own = isHere ? found.addresses : []
  const chosen = await choose(
    io,
    'Which address do thermostats reach?',
    [
      ...own.map(({ address, interfaceName }) => ({
        value: `http://${address}:${port}`,
        name: `${address} (${interfaceName})`,
      })),
      { value: 'typed', name: 'Another address or a name' },
      { value: 'none', name: 'Leave it as it is' },
    ],
    STOPPED,
  )
  if (chosen !== 'typed') return chosen === 'none' ? undefined : chosen
  let origin: string | undefined
  const check = (typed: string): true | string => {
    if (typed.trim() === '') return true
    try {
      const { config: read, remarks } = resolveConfig(
        { apiOrigin: originTyped(typed.trim(), port) },
        {},
      )
      const warning = remarks.find(({ level }) => level === 'warning')
      if (warning !== undefined) return `${warning.message}.`
      origin = read.apiOrigin
      return true
    } catch (error) {
      if (error instanceof NleError) return error.message
      throw error
    }
  }
  await askText(io, 'Address, such as 192.168.1.5 (empty: leave it):', check, STOPPED)
  return origin
}

/** What is typed without a scheme is an address or a name, perhaps with its port. */
function originTyped(typed: string, port: string): string {
  if (typed.includes('://')) return typed
  const written = `http://${typed}`
  return namesPort(written) ? written : `${written}:${port}`
}

function isElsewhere({ server }: Situation): boolean {
  return server.state !== 'none' && server.runsAs === 'elsewhere'
}

/** Puts the origin where the server reads it, or says where that is. */
async function tell({ io, host }: SetupRoom, found: Situation, origin: string): Promise<void> {
  const { server, machine } = found
  const isService = server.state !== 'none' && server.runsAs === 'service'
  if (machine.isRoot && machine.hasSystemd && (isService || server.state === 'none')) {
    keepOrigin(host, origin)
    note(io, `✓ ${SERVICE_SETTINGS} has API_ORIGIN=${origin} now.`)
    if (!isService) return
    if (await offer(io, 'The service reads it when it starts. Restart it now?')) {
      await mustRun(host, 'restart', UNIT_NAME)
    } else note(io, 'It counts after "sudo systemctl restart nle".')
    return
  }
  note(
    io,
    server.state === 'none' || server.runsAs === 'program'
      ? `Start the server with it: API_ORIGIN=${origin} nle serve`
      : isService
        ? `Only root may change the settings of the service: put API_ORIGIN=${origin} into ${SERVICE_SETTINGS}, then "sudo systemctl restart nle".`
        : `Give API_ORIGIN=${origin} to the server as an environment variable or an option of the add-on, and start it again.`,
  )
}
