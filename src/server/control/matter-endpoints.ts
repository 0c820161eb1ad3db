import { NleError } from '../../errors.ts'
import type { ControlServices, SomeHandlers } from './handler.ts'
import { bodyFields } from './request-fields.ts'

/** The Matter bridge: `/api/matter`. */
export function matterEndpoints({ matter }: ControlServices) {
  /** Tells a client that what it switched is not what counts. */
  const overruled = (wanted: boolean): { note?: string } =>
    matter.status().on === wanted
      ? {}
      : { note: 'MATTER is set for the server, and wins over what is stored.' }
  const codes = () => {
    const { manual_code, qr_code } = matter.codes() ?? { manual_code: null, qr_code: null }
    return { manual_code, qr_code, until: matter.status().window_until }
  }
  return {
    /** `GET`: the state, which anybody who may read may know; not the codes. */
    getMatter: () => matter.status(),

    /** `POST`: stores whether the bridge is on, and switches it. */
    async setMatter(request) {
      const { on } = await bodyFields(request)
      if (typeof on !== 'boolean') throw new NleError('invalid', 'on has to be true or false.')
      await matter.switch(on)
      return { success: true, on: matter.status().on, ...overruled(on) }
    },

    /** `DELETE`: forgets every controller and the codes. */
    async resetMatter() {
      await matter.reset()
      return { success: true }
    },

    getMatterCodes: () => codes(),

    /** `POST /api/matter/pairing`: opens the window for another controller. */
    async openMatter() {
      await matter.openWindow()
      return { success: true, ...codes() }
    },

    async removeMatterFabric({ params }) {
      return { success: true, name: await matter.removeFabric(params.index ?? '') }
    },
  } satisfies SomeHandlers
}
