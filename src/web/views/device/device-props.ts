import type { ReadonlySignal } from '@preact/signals'
import type { Status } from '../../../api/shapes.ts'

/** What each part of the view is given. */
export interface DeviceProps {
  readonly serial: string
  readonly status: ReadonlySignal<Status | undefined>
}
