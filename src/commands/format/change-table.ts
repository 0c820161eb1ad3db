import type { ChalkInstance } from 'chalk'
import type { ChangeReport, Scale } from '../client/answers.ts'
import { type Cell, table } from '../terminal/table.ts'
import { age } from './age.ts'
import { changeText } from './change-text.ts'

/** The thermostat of a change, as people know it. */
export interface ChangeTarget {
  readonly name: string
  readonly scale: Scale
}

/** Changes and their states, newest first. */
export function changeTable(
  changes: readonly ChangeReport[],
  targetOf: (serial: string) => ChangeTarget,
  { nowMs, columns, chalk }: { nowMs: number; columns: number; chalk: ChalkInstance },
): string {
  const rows = changes.map((change) => {
    const { name, scale } = targetOf(change.serial)
    return [
      String(change.id),
      age(change.createdAtMs, nowMs),
      name,
      changeText(change, scale),
      stateCell(change.state, chalk),
      change.reason ?? '',
    ]
  })
  return table(
    [
      { title: 'ID', align: 'right' },
      { title: 'ASKED' },
      { title: 'THERMOSTAT', minWidth: 10 },
      { title: 'WHAT', minWidth: 12 },
      { title: 'STATE' },
      { title: 'WHY', minWidth: 8 },
    ],
    rows,
    columns,
    chalk.dim,
  )
}

/** A state in its colour: confirmed, open, or failed. */
export function stateCell(state: string, chalk: ChalkInstance): Cell {
  if (state === 'confirmed') return { text: state, paint: chalk.green }
  if (state === 'queued' || state === 'sent') return { text: state, paint: chalk.yellow }
  return { text: state, paint: chalk.red }
}
