import { targetOf } from '../../client/request.ts'
import { Copyable } from '../../parts/copyable.tsx'
import { useAnswer } from '../../state/answer.ts'
import { TEXTS } from '../../texts.ts'
import { OwnerOnly } from './owner-only.tsx'
import { Panel } from './panel.tsx'

const { settings: texts } = TEXTS
/** In the folder of the service's database, where it may write without more ado. */
const SWITCH_ON = 'BACKUP_DIR=/var/lib/nle/backups'

/** The whole database in one file. */
export function BackupSection() {
  return (
    <Panel title={texts.backup}>
      <p>{texts.backupWhy}</p>
      <OwnerOnly of="getBackup">
        <div class="buttons">
          <a class="button" href={targetOf('getBackup', {})} download>
            {texts.download}
          </a>
        </div>
        <Nightly />
      </OwnerOnly>
    </Panel>
  )
}

/** Whether backups are made every night, and how that is switched on. */
function Nightly() {
  const { asking } = useAnswer('getSettings', {})
  const { answer, failure } = asking.value
  if (answer === undefined) return <p class="quiet">{failure ?? TEXTS.shell.loading}</p>
  const settingOf = (env: string) => answer.settings.find((each) => each.env === env)?.value ?? ''
  const folder = settingOf('BACKUP_DIR')
  if (folder !== '') return <p>{texts.nightly(folder, settingOf('BACKUP_KEEP'))}</p>
  return (
    <>
      <p>{texts.noNightly}</p>
      <Copyable text={SWITCH_ON} label={texts.nightlyLine} />
      <p class="hint">{texts.nightlyHow}</p>
    </>
  )
}
