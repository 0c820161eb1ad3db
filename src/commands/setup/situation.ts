import type { MatterAnswer, MqttAnswer } from '../client/answers.ts'

/** What nle is and does here: what the steps of `nle setup` are judged by. */
export interface Situation {
  readonly server: SetupServer
  readonly machine: SetupMachine
  /** What thermostats are told, or would be by a server started here. */
  readonly origin: string
  /** Where `origin` comes from: set by a person, or chosen among the addresses of this machine. */
  readonly originIsSet: boolean
  /** Addresses of this machine that a thermostat may reach, the most likely one first. */
  readonly addresses: readonly { readonly address: string; readonly interfaceName: string }[]
  /** The web page as other machines reach it. */
  readonly page: string
  /** What the running server tells; undefined where it may not be asked. */
  readonly told: ServerFacts | undefined
  /** How many thermostats this run of the command has brought over; undefined: none was asked for. */
  readonly imported: number | undefined
}

export type SetupServer =
  | { readonly state: 'none' }
  /** It runs, and does not answer, or only its owner may ask it. */
  | { readonly state: 'silent' | 'closed'; readonly runsAs: RunsAs; readonly why: string }
  | {
      readonly state: 'running'
      readonly runsAs: RunsAs
      readonly url: string
      /** On this machine, where it is known. */
      readonly databasePath: string | undefined
      /** Why it is degraded, or may not be asked; undefined when all is well. */
      readonly trouble: string | undefined
    }

/** `program` was started by hand; `elsewhere` is another machine. */
export type RunsAs = 'service' | 'container' | 'add-on' | 'program' | 'elsewhere'

export interface SetupMachine {
  readonly isContainer: boolean
  readonly hasSystemd: boolean
  readonly isRoot: boolean
  /** Undefined when nle runs from its source. */
  readonly executable: string | undefined
  /** The unit of the service: who wrote it, if anybody. */
  readonly unit: 'none' | 'own' | 'package'
}

export interface ServerFacts {
  readonly paired: number
  readonly mqtt: MqttAnswer
  readonly matter: MatterAnswer
}

/** The `cloudregisterurl` of a thermostat. */
export function registerUrl({ origin }: Pick<Situation, 'origin'>): string {
  return `${origin}/entry`
}
