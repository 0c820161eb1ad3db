import { NleError } from '../../errors.ts'
import { chalkOf, note } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { addressStep } from './address-step.ts'
import { judgeStep, SETUP_STEPS, type SetupStep, STEP_TITLES } from './judge-step.ts'
import type { LookedAround } from './look-around.ts'
import { matterStep } from './matter-step.ts'
import { moveInStep } from './move-in-step.ts'
import { mqttStep } from './mqtt-step.ts'
import { serviceStep } from './service-step.ts'
import { blockedStep, type Direction, type RunStep, type SetupRoom } from './setup-room.ts'
import { thermostatStep } from './thermostat-step.ts'

const RUN: Readonly<Record<SetupStep, RunStep>> = {
  address: addressStep,
  'move-in': moveInStep,
  service: serviceStep,
  mqtt: mqttStep,
  thermostat: thermostatStep,
  matter: matterStep,
}

/** Leads through the steps, there and back, until the last one is left. */
export async function walkSteps(room: SetupRoom): Promise<void> {
  let at = 0
  let shown: number | undefined
  for (;;) {
    const step = SETUP_STEPS[at]
    if (step === undefined) return
    const around = await room.look()
    head(room, step, at, around, at === shown)
    shown = at
    room.hasStepBefore = at > 0
    const direction = await tried(room, step, around)
    if (direction === 'next') at += 1
    if (direction === 'back') at = Math.max(0, at - 1)
    if (direction !== 'again') shown = undefined
  }
}

/** What a step is about, and how far it is. */
function head(
  { io }: SetupRoom,
  step: SetupStep,
  at: number,
  { found }: LookedAround,
  isAgain: boolean,
): void {
  const chalk = chalkOf(io)
  const { state, text, next } = judgeStep(step, found)
  const title = `${at + 1} of ${SETUP_STEPS.length}  ${STEP_TITLES[step]}`
  note(io, isAgain ? '' : `\n${chalk.bold(title)}`)
  const mark = { done: chalk.green('✓'), open: '–', blocked: chalk.yellow('!') }[state]
  note(io, `${mark} ${printable(text)}`)
  if (state === 'blocked' && next !== undefined) note(io, `  ${next}`)
}

/** Runs a step. What goes wrong is said, and the person decides whether it is tried again. */
async function tried(room: SetupRoom, step: SetupStep, around: LookedAround): Promise<Direction> {
  const { io } = room
  try {
    return await RUN[step](room, around)
  } catch (error) {
    if (!(error instanceof NleError) || error.code === 'cancelled') throw error
    note(io, `${chalkOf(io).red('✗')} ${error.message}`)
    return blockedStep(room)
  }
}
