import type { Io } from './io.ts'
import { truncate } from './printable.ts'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
/** How often the line moves, and how often what it waits for is looked at. */
const FRAME_MS = 125
const FRAMES_PER_LOOK = 4

/**
 * Looks again and again until there is something to see, with a line on the terminal that says what
 * is waited for. Without a terminal it waits in silence.
 *
 * @param look - gives undefined for "not yet"
 * @returns undefined when the time is over
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
        lineOver(io, `${FRAMES[frame % FRAMES.length]} `, text(), ` (${seconds(elapsedMs)})`),
      )
      await io.sleep(FRAME_MS)
    }
  } finally {
    line?.write('\r\x1b[K')
  }
}

/**
 * What takes the place of the line that is there. It has to fit one: of a line that goes on in the
 * next, only the last part would be taken away again.
 *
 * @param text - is cut where there is no room
 */
export function lineOver(
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

export interface ProgressBar {
  show(done: number, total: number): void
  clear(): void
}

/** A bar on the terminal's message side; nothing where there is no terminal. */
export function progressBar(
  io: Pick<Io, 'interactive' | 'stderr' | 'errorColumns'>,
  text: string,
): ProgressBar {
  if (!io.interactive) return { show() {}, clear() {} }
  return {
    show(done, total) {
      const filled = Math.round((WIDTH * done) / total)
      const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`
      io.stderr.write(lineOver(io, `${bar} `, text, ` (${done} of ${total})`))
    },
    clear() {
      io.stderr.write('\r\x1b[K')
    },
  }
}
