/** The steps of the first start, in their order. */
export const FIRST_STEPS = ['address', 'thermostat', 'mqtt', 'matter', 'notify'] as const
export type FirstStep = (typeof FIRST_STEPS)[number]

/** Where in the page a person is. The address has it behind the `#`, so that it works below any path prefix. */
export type PageRoute =
  | { readonly view: 'home' | 'pair' | 'add' | 'settings' }
  | { readonly view: 'setup'; readonly step: FirstStep }
  | { readonly view: 'device'; readonly serial: string }
  /** Without a serial: of the first thermostat. */
  | { readonly view: 'schedule' | 'history'; readonly serial?: string }

const SERIAL = /^[A-Z0-9]{10,32}$/

/** Reads the part of an address from the `#` on. Whatever is not known is the home. */
export function readRoute(hash: string): PageRoute {
  const [, view = '', written = '', ...rest] = hash.split('/')
  const serial = written.toUpperCase()
  const named = rest.length === 0 && SERIAL.test(serial)
  switch (view) {
    case 'device':
      return named ? { view, serial } : { view: 'home' }
    case 'schedule':
    case 'history':
      return named ? { view, serial } : { view }
    case 'setup': {
      const step = FIRST_STEPS.find((each) => each === written) ?? FIRST_STEPS[0]
      return { view, step }
    }
    case 'pair':
    case 'add':
    case 'settings':
      return { view }
    default:
      return { view: 'home' }
  }
}

/** The link to a place. */
export function linkTo(route: PageRoute): string {
  if (route.view === 'home') return '#/'
  if (route.view === 'setup') return `#/setup/${route.step}`
  const serial = 'serial' in route ? route.serial : undefined
  return serial === undefined ? `#/${route.view}` : `#/${route.view}/${serial}`
}
