import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

interface SecondsLeftProps {
  /** Wall clock, ms. */
  readonly untilMs: number
  readonly text: (seconds: number) => string
}

/** A text that counts the seconds down. It is read out when it appears, not every second. */
export function SecondsLeft({ untilMs, text }: SecondsLeftProps) {
  const nowMs = useSignal(Date.now())
  useEffect(() => {
    const timer = setInterval(() => {
      nowMs.value = Date.now()
    }, 1_000)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.max(1, Math.ceil((untilMs - nowMs.value) / 1000))
  return (
    <span aria-live="off" class="figures">
      {text(seconds)}
    </span>
  )
}
