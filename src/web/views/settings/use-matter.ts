import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { useAnswer } from '../../state/answer.ts'
import { isOpen } from './matter-rules.ts'

export const LOOK_MS = 2_000
/** A start that takes longer is told as one that does not come about. */
const START_MS = 60_000

/** The Matter bridge: asked for again and again while it starts, a minute at most, and while an app may be added. */
export function useMatter() {
  const { asking, again } = useAnswer('getMatter', {})
  const isSlow = useSignal(false)
  const { answer, failure } = asking.value
  const isStarting = answer?.on === true && !answer.running
  const isAwaited = isStarting ? !isSlow.value : answer !== undefined && isOpen(answer)
  useEffect(() => {
    if (!isStarting || isSlow.value) return
    const timer = setTimeout(() => {
      isSlow.value = true
    }, START_MS)
    return () => clearTimeout(timer)
  }, [isStarting, isSlow.value])
  useEffect(() => {
    if (!isAwaited) return
    const timer = setInterval(() => {
      if (!document.hidden) void again()
    }, LOOK_MS)
    return () => clearInterval(timer)
  }, [isAwaited])
  return {
    status: answer,
    failure,
    again,
    /** It was not there within a minute, and nobody asks for it any more. */
    isSlow: isStarting && isSlow.value,
    lookAgain() {
      isSlow.value = false
      void again()
    },
  }
}
