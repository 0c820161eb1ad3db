import { type Signal, signal } from '@preact/signals'
import { DEFAULT_USER_ID } from '../../../protocol/pairing/claim.ts'
import { readCode } from '../../../protocol/pairing/code-fault.ts'
import { RequestError, request } from '../../client/request.ts'
import { reasonOf } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'
import { refusalOfCode } from './code-hint.ts'

const { pair: texts } = TEXTS

/** How far a pairing is. */
export type PairStep =
  | { readonly step: 'typing' }
  | { readonly step: 'checking' }
  | { readonly step: 'refused'; readonly why: string }
  /** Too many wrong codes: the server takes none until then, wall clock, ms. */
  | { readonly step: 'waiting'; readonly untilMs: number }
  | {
      readonly step: 'taken' | 'slow' | 'confirmed'
      readonly serial: string
      readonly name: string
    }

/** How often the server is asked whether the thermostat has confirmed, ms. */
const ASK_MS = 1_000
/** A connected thermostat confirms within seconds; then it is said that this one is not connected. */
const SLOW_MS = 20_000

/** The pairing of one thermostat by its code, until the thermostat itself confirms. */
export class PairState {
  readonly step: Signal<PairStep> = signal<PairStep>({ step: 'typing' })
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Claims the thermostat that shows a code; does nothing for a text that is no code. */
  async pair(typed: string): Promise<void> {
    const code = readCode(typed)
    const { step } = this.step.value
    if (code === undefined || step === 'checking' || step === 'waiting') return
    this.step.value = { step: 'checking' }
    try {
      const body = { code, userId: DEFAULT_USER_ID }
      const answer = await request('registerDevice', { body })
      if (answer.success) this.#follow({ ...answer, step: 'taken' }, Date.now() + SLOW_MS)
      else this.step.value = { step: 'refused', why: refusalOfCode(answer, code) }
    } catch (error) {
      this.#refuse(error)
    }
  }

  /** Back to the empty field. */
  startAnew(): void {
    this.stop()
    this.step.value = { step: 'typing' }
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #refuse(error: unknown): void {
    if (error instanceof RequestError && error.status === 429) {
      const waitMs = (error.retryAfterS ?? 60) * 1000
      this.step.value = { step: 'waiting', untilMs: Date.now() + waitMs }
      this.#timer = setTimeout(() => {
        this.step.value = { step: 'refused', why: texts.again }
      }, waitMs)
    } else {
      this.step.value = { step: 'refused', why: texts.refused(reasonOf(error)) }
    }
  }

  /** Asks again and again; a server that is away for a while is asked when it is back. */
  #follow({ serial, name, step }: Extract<PairStep, { serial: string }>, slowAtMs: number): void {
    this.step.value = { serial, name, step }
    this.#timer = setTimeout(async () => {
      const progress = await request('getPairing', { params: { serial } }).catch(() => undefined)
      const known = { serial, name: progress?.name ?? name }
      if (progress?.confirmed === true) this.step.value = { ...known, step: 'confirmed' }
      else this.#follow({ ...known, step: Date.now() < slowAtMs ? 'taken' : 'slow' }, slowAtMs)
    }, ASK_MS)
  }
}
