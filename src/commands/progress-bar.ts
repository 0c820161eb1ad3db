import type { Io } from './io.ts'
import { lineOver } from './progress-line.ts'

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
