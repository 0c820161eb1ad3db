import { spacedCode } from '../../../protocol/matter/bridge-identity.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { QrCode } from '../../parts/qr-code.tsx'
import { SecondsLeft } from '../../parts/seconds-left.tsx'
import { useAnswer } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'
import { minutesText } from './matter-rules.ts'
import { LOOK_MS } from './use-matter.ts'

const { matter: texts } = TEXTS

/** What an app scans or takes typed, how long it counts, and what to tap in each app. */
export function MatterCode() {
  const { asking } = useAnswer('getMatterCodes', {}, LOOK_MS)
  const { answer, failure } = asking.value
  if (answer === undefined) return <p class="quiet">{failure ?? TEXTS.shell.loading}</p>
  const { manual_code: digits, qr_code: picture, until } = answer
  if (digits === null || picture === null) return null
  return (
    <>
      <div class="matter-code">
        <QrCode text={picture} label={texts.scanLabel} />
        <div class="stack">
          <p>{texts.scan}</p>
          {/* The dashes are for the eye: not every app takes them from the clipboard. */}
          <Copyable text={digits} shown={spacedCode(digits)} label={texts.code} isLarge />
          <p class="hint">
            {until === null ? (
              texts.untilFirst
            ) : (
              <SecondsLeft
                untilMs={Date.parse(until)}
                text={(seconds) => texts.timeLeft(minutesText(seconds))}
              />
            )}
          </p>
        </div>
      </div>
      <dl class="matter-apps">
        {texts.apps.map(({ name, how }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{how}</dd>
          </div>
        ))}
      </dl>
    </>
  )
}
