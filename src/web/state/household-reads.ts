import type { ChangeAnswer, Status } from '../../api/shapes.ts'

/** What is known of the thermostats. */
export interface Known {
  /** By serial, in the order of the server's list. */
  readonly thermostats: ReadonlyMap<string, Status>
  /** By serial: the newest change of each thermostat. */
  readonly changes: ReadonlyMap<string, ChangeAnswer>
}

/** What the stream of events tells. */
export type HouseholdEvent =
  | { readonly kind: 'status'; readonly serial: string; readonly status: Status }
  | { readonly kind: 'change'; readonly serial: string; readonly change: ChangeAnswer }
  | { readonly kind: 'removed'; readonly serial: string }

/** One reading of the whole household. */
export interface HouseholdRead {
  readonly number: number
  /** The events that came since it was asked for: the newest of each kind for each thermostat. */
  readonly heard: Map<string, HouseholdEvent>
}

/**
 * Readings of the household that are under way, while events tell what changes. An answer may be older than an
 * event that came before it, and readings may be answered in another order than they were asked for.
 */
export class Readings {
  readonly #underWay = new Set<HouseholdRead>()
  #lastBegun = 0
  #lastAnswered = 0

  /** Call it before the server is asked. */
  begin(): HouseholdRead {
    this.#lastBegun += 1
    const reading = { number: this.#lastBegun, heard: new Map() }
    this.#underWay.add(reading)
    return reading
  }

  hear(event: HouseholdEvent): void {
    // A status and a removal take each other's place: only the later of them is true.
    const about = event.kind === 'change' ? 'change' : 'status'
    for (const { heard } of this.#underWay) heard.set(`${about} ${event.serial}`, event)
  }

  /** @returns what is known with this answer; undefined when the answer comes too late to count */
  answered(reading: HouseholdRead, answer: Known): Known | undefined {
    this.#underWay.delete(reading)
    if (reading.number < this.#lastAnswered) return undefined
    this.#lastAnswered = reading.number
    return [...reading.heard.values()].reduce(withEvent, answer)
  }

  /** @returns whether the failure counts: it does not when a later reading tells how things are */
  failed(reading: HouseholdRead): boolean {
    this.#underWay.delete(reading)
    return reading.number === this.#lastBegun
  }

  /** What is asked for already does not count any more. */
  drop(): void {
    this.#underWay.clear()
    this.#lastBegun += 1
    this.#lastAnswered = this.#lastBegun
  }
}

/** The same with what an event tells. */
export function withEvent(known: Known, event: HouseholdEvent): Known {
  const { thermostats, changes } = known
  switch (event.kind) {
    case 'status':
      return { ...known, thermostats: new Map(thermostats).set(event.serial, event.status) }
    case 'change': {
      const newest = changes.get(event.serial)
      if (newest !== undefined && newest.id > event.change.id) return known
      return { ...known, changes: new Map(changes).set(event.serial, event.change) }
    }
    case 'removed': {
      const rest = new Map(thermostats)
      rest.delete(event.serial)
      return { ...known, thermostats: rest }
    }
  }
}
