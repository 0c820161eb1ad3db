import type { ComponentChildren } from 'preact'
import { loadedView } from './parts/loaded-view.tsx'
import { linkTo, type Route } from './route.ts'
import { connection, thermostats } from './state/household.ts'
import { place } from './state/place.ts'
import { TEXTS } from './texts.ts'
import { DeviceView } from './views/device/device-view.tsx'
import { HomeView } from './views/home/home-view.tsx'
import { ScheduleView } from './views/schedule/schedule-view.tsx'

const { shell: texts } = TEXTS

/** With the library that draws its charts. */
const HistoryView = loadedView(
  async () => (await import('./views/history/history-view.tsx')).HistoryView,
)

/** The links of the page, in their order. */
const LINKS: readonly (readonly [
  view: Route['view'] & ('home' | 'schedule' | 'history' | 'settings'),
  text: string,
])[] = [
  ['home', texts.home],
  ['schedule', texts.schedule],
  ['history', texts.history],
  ['settings', texts.settings],
]

export function App() {
  const route = place.value
  return (
    <>
      <a class="skip" href="#content">
        {texts.skip}
      </a>
      <header class="top">
        <b class="brand">nle</b>
        <nav class="links" aria-label={texts.main}>
          {LINKS.map(([view, text]) => (
            <a
              key={view}
              href={linkTo({ view })}
              aria-current={route.view === view ? 'page' : undefined}
            >
              {text}
            </a>
          ))}
        </nav>
      </header>
      <main id="content" class={connection.value === 'gone' ? 'content greyed' : 'content'}>
        <Notice />
        <View route={route} />
      </main>
    </>
  )
}

/** Says what stands between the page and the server. */
function Notice() {
  if (connection.value !== 'gone') return null
  return (
    <p class="notice" role="alert">
      {texts.gone}
    </p>
  )
}

function View({ route }: { readonly route: Route }): ComponentChildren {
  if (connection.value === 'starting' && thermostats.value.size === 0) {
    return <p class="quiet">{texts.loading}</p>
  }
  switch (route.view) {
    case 'schedule':
      return <ScheduleView serial={route.serial} />
    case 'history':
      return <HistoryView serial={route.serial} />
    case 'device':
      return <DeviceView key={route.serial} serial={route.serial} />
    default:
      return <HomeView />
  }
}
