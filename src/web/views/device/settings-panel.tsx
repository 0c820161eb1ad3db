import { useComputed } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import type { JsonObject, JsonValue } from '../../../protocol/bucket.ts'
import {
  DEVICE_SETTINGS,
  SETTING_GROUPS,
  type SettingGroup,
} from '../../../protocol/commands/device-settings.ts'
import { request } from '../../client/request.ts'
import { connection } from '../../state/household.ts'
import { maySend } from '../../state/permission.ts'
import { send } from '../../state/sending.ts'
import { TEXTS } from '../../texts.ts'
import type { DeviceProps } from './device-props.ts'
import { labelIn } from './setting-field.ts'
import { SettingRow } from './setting-row.tsx'
import { useReading } from './use-reading.ts'

const { device: texts } = TEXTS

/** The groups that people look for most are open. */
const OPEN: ReadonlySet<string> = new Set(['Eco', 'Humidity'])
/** It has a panel of its own. */
const ELSEWHERE = 'hot_water_boost_time_to_end'

/** Every setting that may be written, in groups: those that the thermostat has, and the others behind "more". */
export function SettingsPanel({ serial, status }: DeviceProps) {
  const read = useMemo(
    () => async () => {
      const { settings } = await request('getDeviceSettings', { query: { serial } })
      return settings as JsonObject
    },
    [serial],
  )
  const reading = useReading(read, () => [status.value, connection.value])
  const scale = useComputed(() => status.value?.temperature_scale ?? 'C')
  const isFixed = useComputed(() => !maySend(status.value))
  const { value: settings, isMissing } = reading.value
  const change = (field: string, value: JsonValue) =>
    send(serial, 'set_device_setting', { [field]: value })
  const row = (group: string, field: string) => {
    const setting = DEVICE_SETTINGS[field]
    return setting === undefined ? null : (
      <SettingRow
        key={field}
        field={field}
        label={labelIn(group, setting)}
        setting={setting}
        scale={scale.value}
        value={settings?.[field]}
        isFixed={isFixed.value}
        change={change}
      />
    )
  }
  const fieldsOf = (group: SettingGroup, isReported: boolean) =>
    Object.keys(group.settings).filter(
      (field) => field !== ELSEWHERE && Object.hasOwn(settings ?? {}, field) === isReported,
    )
  return (
    <section class="panel" aria-labelledby="settings">
      <h2 id="settings">{texts.settings}</h2>
      {isMissing && <p class="quiet">{texts.settingsGone}</p>}
      {settings !== undefined && (
        <>
          {SETTING_GROUPS.map((group, at) => {
            const fields = fieldsOf(group, true)
            return fields.length === 0 ? null : (
              <details key={group.name} class="group" open={OPEN.has(group.name)}>
                <summary id={`group-${at}`}>{group.name}</summary>
                <fieldset class="settings" aria-labelledby={`group-${at}`}>
                  {fields.map((field) => row(group.name, field))}
                </fieldset>
              </details>
            )
          })}
          <details class="group">
            <summary>{texts.more}</summary>
            <p class="quiet">{texts.moreHint}</p>
            <div class="settings">
              {SETTING_GROUPS.map((group) => fieldsOf(group, false).map((field) => row('', field)))}
            </div>
          </details>
        </>
      )}
    </section>
  )
}
