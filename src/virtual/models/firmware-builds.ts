import type { Profile } from '../device/profile.ts'

type Build = Pick<Profile, 'softwareVersion' | 'model' | 'transport' | 'listsVersions'> &
  Partial<Pick<Profile, 'deviceFields'>>

/** What distinguishes the firmware builds that people were seen to have (sections 9 and 11), by version. */
export const FIRMWARE_BUILDS = {
  '4.0.6': {
    softwareVersion: '4.0.6',
    model: 'Display-2.8',
    transport: 'v3',
    listsVersions: true,
    deviceFields: { eco_mode: 'schedule', fan_timer_duration: 3600 },
  },
  '4.3.3': {
    softwareVersion: '4.3.3',
    model: 'Display-2.14',
    transport: 'v3',
    listsVersions: false,
    deviceFields: { eco_mode: 'schedule', fan_timer_duration: 28_800 },
  },
  '5.6.6': {
    softwareVersion: '5.6.6-4',
    model: 'Diamond-1.12',
    transport: 'v7',
    listsVersions: true,
    deviceFields: { fan_timer_duration: 28_800 },
  },
  '5.9.4': {
    softwareVersion: '5.9.4-5',
    model: 'Display-2.12',
    transport: 'v7',
    listsVersions: true,
  },
} as const satisfies Readonly<Record<string, Build>>

export type FirmwareVersion = keyof typeof FIRMWARE_BUILDS
