import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { NleError } from '../../errors.ts'
import type { Io } from './io.ts'

/** Editors that a machine may have, easiest first. */
const USUAL = ['nano', 'vi']
/** What a shell ends with when it cannot start a command. */
const CANNOT_START: ReadonlySet<unknown> = new Set([126, 127])

/**
 * The person's editor, as a shell runs it: `$VISUAL`, `$EDITOR`, or one of the usual ones.
 *
 * @throws NleError `invalid` when there is none
 */
export function editorOf({ env }: Pick<Io, 'env'>): string {
  const folders = (env.PATH ?? '').split(':').filter((folder) => folder !== '')
  const found = [env.VISUAL, env.EDITOR].find((one) => one !== undefined && one.trim() !== '')
  const editor =
    found ?? USUAL.find((name) => folders.some((folder) => existsSync(join(folder, name))))
  if (editor !== undefined) return editor
  throw new NleError(
    'invalid',
    'There is no editor: neither VISUAL nor EDITOR names one, and this machine has no nano and no vi. Name one, as in: EDITOR=micro nle schedule edit.',
  )
}

/**
 * Runs the editor on a file, and resolves once it has ended.
 *
 * @throws NleError `invalid` when it cannot be started, `cancelled` when it ended with an error
 */
export async function runEditor(
  editor: string,
  file: string,
  { env }: Pick<Io, 'env'>,
): Promise<void> {
  // Like git: the variable may hold arguments, as in "code --wait".
  const child = spawn('/bin/sh', ['-c', `${editor} "$@"`, 'nle', file], { stdio: 'inherit', env })
  let ended: unknown[]
  try {
    ended = await once(child, 'close')
  } catch (cause) {
    throw cannotStart(editor, cause)
  }
  const [code, signal] = ended
  if (code === 0) return
  if (CANNOT_START.has(code)) throw cannotStart(editor)
  throw new NleError(
    'cancelled',
    `Nothing was sent: the editor "${editor}" ended with ${String(code ?? signal)}.`,
  )
}

function cannotStart(editor: string, cause?: unknown): NleError {
  return new NleError(
    'invalid',
    `The editor "${editor}" cannot be started. VISUAL or EDITOR names another one.`,
    { cause },
  )
}
