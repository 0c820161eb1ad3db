import type { Answer } from '../../../api/endpoints.ts'
import { sentenceOf } from '../../format/sentence.ts'
import { numberText } from '../../format/temperature.ts'
import { TEXTS } from '../../texts.ts'

const { matter: texts } = TEXTS

type Matter = Answer<'getMatter'>

/** How the bridge goes, in words. */
export function matterLine(
  status: Matter,
  isSlow: boolean,
): { readonly text: string; readonly isFault: boolean } {
  const { on, running, thermostats, last_error: error } = status
  if (!on) return { text: texts.off, isFault: false }
  if (running) {
    return { text: thermostats === 0 ? texts.empty : texts.running(thermostats), isFault: false }
  }
  if (error !== null) return { text: texts.down(sentenceOf(error)), isFault: true }
  return isSlow ? { text: texts.slow, isFault: true } : { text: texts.starting, isFault: false }
}

/** `UDP port 5540 on eth0 · 251 MB of memory · started again once`. */
export function matterFacts(status: Matter, locale?: string): string {
  const { port, interface: place, memory_bytes: memory, restarts } = status
  const megabytes = memory === null ? '' : numberText(Math.round(memory / 1_000_000), locale)
  return [
    texts.where(port, place),
    ...(memory === null ? [] : [texts.memory(megabytes)]),
    ...(restarts === 0 ? [] : [texts.restarts(restarts)]),
  ].join(' · ')
}

/** Whether an app may be added now: until there is one, and while another one is let in. */
export function isOpen({ running, fabrics, window_until: until }: Matter): boolean {
  return running && (fabrics.length === 0 || until !== null)
}

/** `14:05`, minutes and seconds. */
export function minutesText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
