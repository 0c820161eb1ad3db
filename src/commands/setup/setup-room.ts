import type { Invocation } from '../invocation.ts'
import type { ServiceHost } from '../service/host.ts'
import type { Io } from '../terminal/io.ts'
import { type Choice, choose } from '../terminal/prompt.ts'
import { type LookedAround, lookAround } from './look-around.ts'

/** What every step of `nle setup` works with. */
export class SetupRoom {
  readonly call: Invocation
  readonly host: ServiceHost
  /** Whether a step comes before the one that is asked. */
  hasStepBefore = false
  /** How many thermostats were brought over from the existing server. */
  imported: number | undefined

  constructor(call: Invocation, host: ServiceHost) {
    this.call = call
    this.host = host
  }

  get io(): Io {
    return this.call.io
  }

  look(): Promise<LookedAround> {
    return lookAround(this.call, this.host, this.imported)
  }
}

/** Where a person goes from a step: to the next one, to the one before, or the same one is looked at anew. */
export type Direction = 'next' | 'back' | 'again'

/** What a step does, and where the person goes then. */
export type RunStep = (room: SetupRoom, around: LookedAround) => Promise<Direction>

export const STOPPED = 'Stopped.'

/**
 * Asks what to do in a step. What leads on stands last, or first where nothing has to be done.
 *
 * @param until - takes the question back when it fires
 * @returns undefined when the question was taken back
 */
export function askStep<Action extends string>(
  { io, hasStepBefore }: SetupRoom,
  actions: readonly Choice<Action>[],
  leads: 'first' | 'last',
  until?: AbortSignal,
): Promise<Action | 'next' | 'back' | undefined> {
  const on = { value: 'next', name: leads === 'first' ? 'Go on' : 'Skip this step' } as const
  const back = hasStepBefore ? [{ value: 'back', name: 'Back' } as const] : []
  const all: readonly Choice<Action | 'next' | 'back'>[] =
    leads === 'first' ? [on, ...actions, ...back] : [...actions, on, ...back]
  return choose(io, 'What now?', all, STOPPED, until)
}

/** A step for which something else has to be done before, perhaps in another terminal. */
export async function blockedStep(room: SetupRoom): Promise<Direction> {
  return (await askStep(room, [{ value: 'again', name: 'Look again' }], 'last')) ?? 'again'
}
