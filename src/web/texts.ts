/** Every text of the page, so that a translation is one more file of this shape. */
export const TEXTS = {
  shell: {
    main: 'Main',
    home: 'Home',
    schedule: 'Schedule',
    history: 'History',
    settings: 'Settings',
    skip: 'Skip to the content',
    loading: 'Asking the server …',
    gone: 'The server does not answer. This page connects again by itself.',
    noScript: 'This page needs JavaScript.',
    retry: 'Try again',
  },
  delivery: {
    sending: 'Sending',
    onItsWay: 'On its way',
    waitsUntil: (until: string) => `Waits for the thermostat, until ${until}`,
    waits: 'Waits for the thermostat',
    confirmed: (at: string) => `Confirmed ${at}`,
    turnedTo: (value: string) => `Turned at the dial to ${value}`,
    overruled: 'Changed at the thermostat meanwhile',
    replaced: 'Replaced by a later change',
    expired: (at: string) => `Not delivered in time, given up ${at}`,
    ignored: (at: string) => `The thermostat did not take it, given up ${at}`,
    refused: (why: string) => `Not possible: ${why}`,
    unreached: 'Not sent: the server does not answer',
  },
} as const
