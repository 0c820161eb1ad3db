import { AccessNote } from '../../parts/access-note.tsx'
import { linkTo } from '../../route.ts'
import { personKey } from '../../state/permission.ts'
import { TEXTS } from '../../texts.ts'
import { AboutSection } from './about-section.tsx'
import { AccessSection } from './access-section.tsx'
import { AllSettings } from './all-settings.tsx'
import { BackupSection } from './backup-section.tsx'
import { DoctorSection } from './doctor-section.tsx'
import { LogSection } from './log-section.tsx'
import { MatterSection } from './matter-section.tsx'
import { MqttSection } from './mqtt-section.tsx'
import { NotifySection } from './notify-section.tsx'
import { Panel } from './panel.tsx'
import { TokensSection } from './tokens-section.tsx'

const { settings: texts } = TEXTS

/** What concerns the server, not one thermostat. */
export function SettingsView() {
  return (
    <>
      <h1>{texts.title}</h1>
      <AccessNote />
      <div class="server-settings" key={personKey()}>
        <Panel title={texts.thermostats}>
          <p>{texts.thermostatsHow}</p>
          <div class="buttons">
            <a class="button" href="#/add">
              {TEXTS.add.title}
            </a>
            <a class="button" href="#/pair">
              {TEXTS.pair.title}
            </a>
            <a class="button" href={linkTo({ view: 'setup', step: 'address' })}>
              {TEXTS.first.again}
            </a>
          </div>
        </Panel>
        <AccessSection />
        <MqttSection />
        <MatterSection />
        <NotifySection />
        <TokensSection />
        <DoctorSection />
        <BackupSection />
        <LogSection />
        <AllSettings />
        <AboutSection />
      </div>
    </>
  )
}
