import { Router } from '../http/router.ts'
import { type SettingsPageOptions, SettingsPages } from '../lan/settings-page-client.ts'
import { StatusTexts } from '../thermostats/status-texts.ts'
import { controlRoutes } from './control-routes.ts'
import { EventStreams } from './events/event-streams.ts'
import { hostedRefusals } from './guards/hosted-refusals.ts'
import { Sessions } from './guards/sessions.ts'
import { TokenGuard, type TokenRules } from './guards/token-guard.ts'
import { TokenUses } from './guards/token-uses.ts'
import type { ControlServices } from './handler.ts'
import { PageFiles } from './web/page-files.ts'
import { pageRoutes } from './web/send-page.ts'

/** What it makes itself of the services of its endpoints. */
type Own =
  | 'streams'
  | 'statusTexts'
  | 'pageFiles'
  | 'tokens'
  | 'sessions'
  | 'tokenUses'
  | 'settingsPages'

export interface ControlParts extends Omit<ControlServices, Own> {
  readonly tokenRules: Omit<TokenRules, 'uses'>
  settingsPageOptions(): SettingsPageOptions
}

/** The control API and the web page: everything that a server loads with the first request to them. */
export class ControlApi {
  readonly router: Router
  readonly #streams: EventStreams

  constructor(parts: ControlParts) {
    const { core, tokenRules, settingsPageOptions } = parts
    const statusTexts = new StatusTexts(core)
    this.#streams = new EventStreams(core, statusTexts)
    const pageFiles = new PageFiles(core)
    const sessions = new Sessions(core)
    const tokenUses = new TokenUses()
    const tokens = new TokenGuard(core, sessions, { ...tokenRules, uses: tokenUses })
    const routes = controlRoutes({
      ...parts,
      streams: this.#streams,
      statusTexts,
      pageFiles,
      sessions,
      tokenUses,
      tokens,
      settingsPages: () => new SettingsPages(settingsPageOptions()),
    })
    this.router = new Router([
      ...pageRoutes(pageFiles),
      ...hostedRefusals(core.clock)(tokens.guard(routes)),
    ])
  }

  /** Whether anybody is told how changes move. */
  get hasReaders(): boolean {
    return this.#streams.hasReaders
  }

  /** Ends the streams of events. */
  stop(): void {
    this.#streams.stop()
  }
}
