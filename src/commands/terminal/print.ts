import { Chalk, type ChalkInstance } from 'chalk'
import { printableJson } from '../../protocol/input.ts'
import { asTypedHere } from '../own-command.ts'
import type { Io } from './io.ts'
import { wrap } from './wrap.ts'

/** One JSON value on a line of its own, for scripts; harmless on a terminal too. */
export function printJson(io: Io, value: unknown): void {
  io.stdout.write(`${printableJson(JSON.stringify(value))}\n`)
}

/**
 * A line for people, as wide as their terminal.
 *
 * @param hang - columns that further lines are indented by; undefined: as the line itself
 */
export function printLine(io: Io, line: string, hang?: number): void {
  printText(io, `${line}\n`, hang)
}

/** Text of several lines for people, as wide as their terminal. */
export function printText(io: Io, text: string, hang?: number): void {
  io.stdout.write(wrap(asTypedHere(text, io.ownCommand), io.columns, hang))
}

/** A message beside the result: on standard error, so that a redirected result stays clean. */
export function note(io: Pick<Io, 'stderr' | 'errorColumns' | 'ownCommand'>, line: string): void {
  io.stderr.write(`${wrap(asTypedHere(line, io.ownCommand), io.errorColumns)}\n`)
}

/** The colours of the output: all of them, or none. */
export function chalkOf(io: Io): ChalkInstance {
  return new Chalk({ level: io.color ? 1 : 0 })
}
