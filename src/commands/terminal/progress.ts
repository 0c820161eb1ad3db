import type { Io } from './io.ts'
import { truncate } from './printable.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
/** The line moves with every frame; `look` is called with every fourth. */
const FRAME_MS = 125
const FRAMES_PER_LOOK = 4

/**
 * Polls until `look` finds something. Meanwhile a terminal shows a line with `text`.
 *
 * @param look - returns undefined for "not yet"
 * @returns undefined after `timeoutMs`
 */
export async function waitFor<T>(
  io: Io,
  text: () => string,
  timeoutMs: number,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const line = io.interactive ? io.stderr : undefined
  const startedAtMs = io.nowMs()
  try {
    for (let frame = 0; ; frame++) {
      if (frame % FRAMES_PER_LOOK === 0) {
        const seen = await look()
        if (seen !== undefined) return seen
      }
      const elapsedMs = io.nowMs() - startedAtMs
      if (elapsedMs >= timeoutMs) return undefined
      line?.write(
        overwriteLine(io, `${FRAMES[frame % FRAMES.length]} `, text(), ` (${seconds(elapsedMs)})`),
      )
      await io.sleep(FRAME_MS)
    }
  } finally {
    line?.write('\r\x1b[K')
  }
}

/**
 * Text that replaces the current line of the terminal. It must fit that line, because erasing clears
 * only the last line of a longer text.
 *
 * @param text - cut to fit
 */
export function overwriteLine(
  { errorColumns }: Pick<Io, 'errorColumns'>,
  head: string,
  text: string,
  tail: string,
): string {
  const room = errorColumns - 1 - head.length - tail.length
  return `\r\x1b[K${head}${truncate(text, Math.max(1, room))}${tail}`
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1000)} s`
}

const WIDTH = 24

/** A progress bar on standard error; without a terminal it does nothing. */
export function progressBar(io: Pick<Io, 'interactive' | 'stderr' | 'errorColumns'>, text: string) {
  return {
    show(done: number, total: number): void {
      if (!io.interactive) return
      const filled = Math.round((WIDTH * done) / total)
      const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`
      io.stderr.write(overwriteLine(io, `${bar} `, text, ` (${done} of ${total})`))
    },
    clear(): void {
      if (io.interactive) io.stderr.write('\r\x1b[K')
    },
  }
}
