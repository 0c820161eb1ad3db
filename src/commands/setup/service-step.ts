import { thisMachine } from '../../server/doctor/machine.ts'
import { checkPorts } from '../doctor/no-server-check.ts'
import {
  installService,
  requireInstallable,
  serviceExecutable,
} from '../service/install-service.ts'
import { mustRun } from '../service/systemctl.ts'
import { UNIT_NAME, unfitExecutable } from '../service/unit.ts'
import { note } from '../terminal/print.ts'
import { offer } from '../terminal/prompt.ts'
import { judgeStep } from './judge-step.ts'
import type { LookedAround } from './look-around.ts'
import { askStep, blockedStep, type Direction, type SetupRoom } from './setup-room.ts'

/** Where a person puts a program for everybody; the service can run it there. */
const INSTALLED = '/usr/local/bin/nle'

/** Makes the server start with this machine, or says who else starts it. */
export async function serviceStep(room: SetupRoom, { found }: LookedAround): Promise<Direction> {
  const { io, host } = room
  const { state } = judgeStep('service', found)
  const isPackaged = found.machine.unit === 'package'
  const start = isPackaged ? 'Start the service' : 'Install the service and start it'
  if (state === 'blocked') return blockedStep(room)
  if (state === 'done') return (await askStep(room, [], 'first')) ?? 'again'
  const action = await askStep(room, [{ value: 'install', name: start }], 'last')
  if (action !== 'install') return action ?? 'again'
  if (!(await portsAreFree(room))) return 'again'
  if (isPackaged) {
    await mustRun(host, 'enable', '--now', UNIT_NAME)
    return 'again'
  }
  const executable = await fitExecutable(room)
  if (executable === undefined) return 'again'
  requireInstallable(host, executable)
  await installService(io, host, executable)
  return 'again'
}

/** Whether the ports can be listened on; names the program that has one. */
async function portsAreFree({ call, io }: SetupRoom): Promise<boolean> {
  const { config } = await call.settings()
  const findings = await checkPorts({ config, machine: thisMachine() })
  const taken = findings.filter(({ level }) => level === 'problem')
  for (const { message, mend } of taken) note(io, `✗ Port ${message}. ${mend ?? ''}`)
  return taken.length === 0
}

/** The program for the service: this one, or its copy where a service can run it; undefined after no. */
async function fitExecutable({ host, io }: SetupRoom): Promise<string | undefined> {
  const own = host.executable()
  const unfit = own === undefined ? undefined : unfitExecutable(own)
  if (own === undefined || unfit === undefined) return serviceExecutable(host)
  const there = host.exists(INSTALLED) ? ', in the place of the one that is there' : ''
  const question = `The service cannot run ${own}: ${unfit}. Copy it to ${INSTALLED}${there}?`
  if (!(await offer(io, question))) return undefined
  host.copyProgram(own, INSTALLED)
  note(io, `✓ ${INSTALLED} is there; type "nle" from now on.`)
  return serviceExecutable(host, INSTALLED)
}
