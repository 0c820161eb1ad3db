import type { AcceptedCommand } from '../../src/protocol/commands/decide-command.ts'
import type { Change } from '../../src/protocol/delivery/change.ts'
import type { ClaimResult } from '../../src/protocol/pairing/decide-pairing.ts'
import { AppliedSetpoints } from '../cluster/applied.ts'
import type { SimThermostat } from './sim-network.ts'
import type { World } from './world.ts'

/** The thermostat of every story. */
export const SERIAL = '02AA01AC0000000001'

interface Claim {
  readonly userId: string
  result: 'open' | 'won' | 'lost' | 'failed'
}

/** What people and the thermostat were told, to be compared with what is on file. */
export class Ledger {
  readonly #world: World
  readonly failures: string[] = []
  readonly #claims = new Map<string, Claim[]>()
  /** The ids of accepted commands. */
  readonly #accepted = new Set<number>()
  #given = 0

  constructor(world: World) {
    this.#world = world
  }

  /** Follows a claim of a code to its answer. */
  claimed(code: string, userId: string, answer: Promise<ClaimResult>): void {
    const claim: Claim = { userId, result: 'open' }
    const others = this.#claims.get(code) ?? []
    this.#claims.set(code, [...others, claim])
    answer.then(
      (result) => {
        claim.result = result.success ? 'won' : 'lost'
        if (!result.success && result.reason === 'claimed') this.#judgeLoss(code, claim)
        const winners = (this.#claims.get(code) ?? []).filter((each) => each.result === 'won')
        if (result.success && winners.length > 1) {
          this.failures.push('P5: two claims of one key won')
        }
      },
      () => {
        claim.result = 'failed'
      },
    )
  }

  /** A claim that lost has lost to somebody else, or to one that nobody knows the end of. */
  #judgeLoss(code: string, claim: Claim): void {
    const rivals = (this.#claims.get(code) ?? []).filter((each) => each !== claim)
    if (rivals.every(({ result }) => result === 'lost')) {
      this.failures.push('a claim was told that it lost to itself')
    }
  }

  /** Follows a command to its answer; its change is on file then. */
  given(answer: Promise<AcceptedCommand>, failed: (error: unknown) => void): void {
    this.#given++
    answer.then(({ changeId }) => {
      this.#accepted.add(changeId)
      this.#world.trace(`ACCEPTED ${changeId}`)
      if (!this.#world.changes.has(changeId)) {
        this.failures.push(`command ${changeId} was acknowledged and is not on file`)
      }
    }, failed)
  }

  get accepted(): number {
    return this.#accepted.size
  }

  check({ notes, firmware }: SimThermostat, changes: readonly Change[]): string[] {
    const failures = [...this.failures]
    const commands = new Set(changes.map(({ commandId }) => commandId))
    for (const id of this.#accepted) {
      if (!commands.has(id)) failures.push(`command ${id} was acknowledged and is lost`)
    }
    if (commands.size > this.#given) failures.push('there are more commands than were given')
    const setpoints = changes.filter(({ command }) => command === 'set_temperature')
    for (const [value, all] of Map.groupBy(setpoints, setpointOf)) {
      if (all.length > 1) failures.push(`the command for ${value} was doubled`)
    }
    const { listsVersions, inlineValues } = firmware.profile
    // Without versions (`V5`) a subscribe shows nothing; with values in it, each is a put that may cross a push.
    const isClear = listsVersions && !inlineValues
    return isClear ? [...failures, ...judged(setpoints, notes)] : failures
  }
}

function setpointOf({ fields }: Change): unknown {
  return fields.target_temperature
}

/** No setpoint after a later one, and none twice as new. */
function judged(setpoints: readonly Change[], notes: SimThermostat['notes']): string[] {
  // Each value is used once, and the clocks of thermostat and database differ.
  const commands = setpoints.map((change) => ({ ...change, createdAtMs: 0 }))
  const values = new Set(setpoints.map(setpointOf))
  const failures: string[] = []
  let applied = new AppliedSetpoints()
  for (const { atMs, note } of notes) {
    // One that was reset gets its last setpoint back.
    if (note.kind === 'booted' && note.memoryLost) {
      failures.push(...applied.check(SERIAL, commands))
      applied = new AppliedSetpoints()
    }
    const isCommanded = note.kind !== 'push' || values.has(note.value.target_temperature)
    if (isCommanded) applied.heard({ atMs, serial: SERIAL, ...note })
  }
  return [...failures, ...applied.check(SERIAL, commands)]
}
