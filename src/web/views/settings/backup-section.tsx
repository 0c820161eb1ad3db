import { targetOf } from '../../client/request.ts'
import { TEXTS } from '../../texts.ts'
import { OwnerOnly } from './owner-only.tsx'
import { Panel } from './panel.tsx'

const { settings: texts } = TEXTS

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
      </OwnerOnly>
    </Panel>
  )
}
