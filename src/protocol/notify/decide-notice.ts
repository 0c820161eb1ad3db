import type { Now } from '../now.ts'
import type { NoticeKind, NoticeState, Sign } from './notice.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** What comes and goes is told this often in a day, and then not before the next. */
const MAX_A_DAY = 3

/** How long it has to be so before it is told: that it has begun, and that it is over. */
const PATIENCE: Readonly<
  Record<NoticeKind, { readonly begunMs: number; readonly overMs: number }>
> = {
  offline: { begunMs: 30 * MINUTE_MS, overMs: MINUTE_MS },
  battery_low: { begunMs: 0, overMs: 0 },
  filter_due: { begunMs: 0, overMs: 0 },
  safety_temperature: { begunMs: 0, overMs: 10 * MINUTE_MS },
  change_failed: { begunMs: 0, overMs: 0 },
  backup_failed: { begunMs: 0, overMs: 0 },
  disk_low: { begunMs: 0, overMs: 10 * MINUTE_MS },
}

/** What was told of one thing; on file, so that a restart does not repeat it. */
export interface Told {
  /** It was told that it has begun, and not yet that it is over. */
  readonly isOn: boolean
  /** When the last beginnings were told, wall clock, ms. */
  readonly begunAtMs: readonly number[]
  readonly occurrence: number | null
}

export const NOTHING_TOLD: Told = { isOn: false, begunAtMs: [], occurrence: null }

export interface NoticeDecision {
  readonly told: Told
  /** Since when it differs from what was told, steady clock, ms; undefined when it does not. */
  readonly differsSinceMs: number | undefined
  /** What is to be told now. */
  readonly tell: NoticeState | undefined
}

/** Decides what people are told of one thing. */
export function decideNotice(
  told: Told,
  differsSinceMs: number | undefined,
  { kind, state, ...sign }: Pick<Sign, 'kind' | 'state' | 'occurrence'>,
  now: Now,
): NoticeDecision {
  const isOn = state === 'on'
  const occurrence = sign.occurrence ?? null
  const isNews = isOn !== told.isOn || (isOn && occurrence !== told.occurrence)
  if (state === 'unclear' || !isNews) return { told, differsSinceMs: undefined, tell: undefined }
  const sinceMs = differsSinceMs ?? now.steadyMs
  const waiting = { told, differsSinceMs: sinceMs, tell: undefined }
  const { begunMs, overMs } = PATIENCE[kind]
  if (now.steadyMs - sinceMs < (isOn ? begunMs : overMs)) return waiting
  const recent = told.begunAtMs.filter((ms) => ms <= now.wallMs && now.wallMs - ms < DAY_MS)
  if (!isOn) {
    const over = { isOn, begunAtMs: recent, occurrence: null }
    return { told: over, differsSinceMs: undefined, tell: 'over' }
  }
  if (recent.length >= MAX_A_DAY) return waiting
  const begun = { isOn, begunAtMs: [...recent, Math.floor(now.wallMs)], occurrence }
  return { told: begun, differsSinceMs: undefined, tell: 'begun' }
}
