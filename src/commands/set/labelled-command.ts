import type { JsonValue } from '../../protocol/bucket.ts'

/** A command for a thermostat, and its name in messages. */
export interface LabelledCommand {
  readonly command: string
  readonly value: JsonValue
  readonly label: string
}
