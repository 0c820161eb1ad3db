import type { ComponentChildren } from 'preact'
import { ConnectionNotice } from './parts/connection-notice.tsx'
import { loadedView } from './parts/loaded-view.tsx'
import { linkTo, type PageRoute } from './route.ts'
import { connection, thermostats } from './state/household.ts'
import { place } from './state/place.ts'
import { TEXTS } from './texts.ts'
import { AddView } from './views/add/add-view.tsx'
import { DeviceView } from './views/device/device-view.tsx'
import { FirstStartView } from './views/first-start/first-start-view.tsx'
import { HomeView } from './views/home/home-view.tsx'
import { LockedView } from './views/locked/locked-view.tsx'
import { PairView } from './views/pair/pair-view.tsx'
import { ScheduleView } from './views/schedule/schedule-view.tsx'
import { SettingsView } from './views/settings/settings-view.tsx'

const { shell: texts } = TEXTS

/** With the library that draws its charts. */
const HistoryView = loadedView(
  async () => (await import('./views/history/history-view.tsx')).HistoryView,
)

/** The links of the page, in their order. */
const LINKS: readonly (readonly [
  view: PageRoute['view'] & ('home' | 'schedule' | 'history' | 'settings'),
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
      <button type="button" class="skip" onClick={skip}>
        {texts.skip}
      </button>
      <header class="top">
        <b class="brand">nle</b>
        {connection.value !== 'locked' && <Links current={route.view} />}
      </header>
      <main
        id="content"
        tabIndex={-1}
        class={connection.value === 'gone' ? 'content greyed' : 'content'}
      >
        <ConnectionNotice />
        <View route={route} />
      </main>
    </>
  )
}

/** Takes the keyboard past the links. A link could not: what is behind the `#` names a place of the page. */
function skip(): void {
  document.getElementById('content')?.focus()
}

function Links({ current }: { readonly current: PageRoute['view'] }) {
  return (
    <nav class="links" aria-label={texts.main}>
      {LINKS.map(([view, text]) => (
        <a key={view} href={linkTo({ view })} aria-current={current === view ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  )
}

function View({ route }: { readonly route: PageRoute }): ComponentChildren {
  if (connection.value === 'starting' && thermostats.value.size === 0) {
    return <p class="quiet late">{texts.loading}</p>
  }
  if (connection.value === 'locked') return <LockedView />
  switch (route.view) {
    case 'pair':
      return <PairView />
    case 'add':
      return <AddView />
    case 'setup':
      return <FirstStartView step={route.step} />
    case 'settings':
      return <SettingsView />
    case 'schedule':
      return <ScheduleView serial={route.serial} />
    case 'history':
      return <HistoryView serial={route.serial} />
    case 'device':
      return <DeviceView key={route.serial} serial={route.serial} />
  }
  const isPaired = [...thermostats.value.values()].some(({ owner }) => owner !== null)
  if (!isPaired) return <FirstStartView step="address" />
  switch (route.view) {
    default:
      return <HomeView />
  }
}
