/** What people are told of, each when it begins and when it is over. */
export const NOTICE_KINDS = [
  'offline',
  'battery_low',
  'filter_due',
  'safety_temperature',
  'change_failed',
  'backup_failed',
  'disk_low',
] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

export type NoticeState = 'begun' | 'over'

/** What a receiver is told; webhooks and MQTT have it as JSON in this form. */
export interface Notice {
  /** The same whenever it is sent again, so that a receiver can drop a repeat. */
  readonly id: string
  readonly event: NoticeKind | 'test'
  readonly state: NoticeState
  /** ISO 8601: when it was noticed, not when it is sent. */
  readonly at: string
  /** Of a thermostat; null for the server itself. */
  readonly serial: string | null
  readonly name: string | null
  readonly title: string
  readonly message: string
}

/** What is known of one thing that may be wrong. */
export interface Sign {
  readonly kind: NoticeKind
  readonly serial: string | null
  /** Of the thermostat. */
  readonly name: string | null
  /** `unclear` is neither: it begins nothing and ends nothing. */
  readonly state: 'on' | 'off' | 'unclear'
  /** The facts, as the beginning of a message; a sentence or more. */
  readonly detail: string
  /** Tells two failures of one kind apart: a later one is news although the first is not over. */
  readonly occurrence?: number
  /** One thermostat may have several of a kind, one for each of these. */
  readonly part?: string
}

/** Under which the same thing is known again, also after a restart. */
export function signKey({ kind, serial, part }: Pick<Sign, 'kind' | 'serial' | 'part'>): string {
  return [kind, serial ?? '', part ?? ''].join(' ')
}

/** The thermostat that a key of `signKey` is about; empty for the server. */
export function serialInKey(key: string): string {
  return key.split(' ')[1] ?? ''
}

type Words = readonly [title: string, advice: string]

/** Title and advice; `it` is the thermostat's name. */
const WORDS: Readonly<Record<NoticeKind, (it: string) => Readonly<Record<NoticeState, Words>>>> = {
  offline: (it) => ({
    begun: [
      `${it} is offline`,
      'It keeps to its own schedule. Look whether it has power and Wi-Fi, and whether the router is on.',
    ],
    over: [`${it} is back`, `${it} calls again.`],
  }),
  battery_low: (it) => ({
    begun: [
      `The battery of ${it} is low`,
      'Charge it by the USB socket at its back; if it comes again, it needs a common wire (C).',
    ],
    over: [`The battery of ${it} is well again`, 'It is charged.'],
  }),
  filter_due: (it) => ({
    begun: [`The air filter of ${it} is due`, 'Change it, and reset the reminder.'],
    over: [`The air filter of ${it} is done`, 'The reminder was reset.'],
  }),
  safety_temperature: (it) => ({
    begun: [
      `${it} has reached its safety temperature`,
      'Look at once whether heating and cooling work, and whether a window is open.',
    ],
    over: [`${it} has left its safety temperature`, 'It works as usual again.'],
  }),
  change_failed: (it) => ({
    begun: [
      `${it} did not take a change`,
      '"nle changes" shows it. Set it again, or at the thermostat.',
    ],
    over: [`${it} takes changes again`, 'The same was set successfully.'],
  }),
  backup_failed: () => ({
    begun: ['The nightly backup failed', 'It is tried again every hour.'],
    over: ['The nightly backup works again', 'A new one was made.'],
  }),
  disk_low: () => ({
    begun: ['The disk is nearly full', 'Make room: on a full disk nothing can be set or stored.'],
    over: ['The disk has room again', 'Nothing needs to be done.'],
  }),
}

/** A notice without its id. */
export function noticeOf(sign: Sign, state: NoticeState, wallMs: number): Omit<Notice, 'id'> {
  const { kind, serial, name, detail } = sign
  const [title, advice] = WORDS[kind](name ?? serial ?? 'nle')[state]
  return {
    event: kind,
    state,
    at: new Date(wallMs).toISOString(),
    serial,
    name,
    title,
    message: state === 'begun' && detail !== '' ? `${detail} ${advice}` : advice,
  }
}

/** What a test sends. */
export function testNotice(wallMs: number): Omit<Notice, 'id'> {
  return {
    event: 'test',
    state: 'begun',
    at: new Date(wallMs).toISOString(),
    serial: null,
    name: null,
    title: 'nle: a test',
    message: 'Notifications of nle arrive here.',
  }
}
