import { sleep } from '../../../bench/scenario.ts'
import type { Attack } from '../attack.ts'

/** No attack: what the household measures on this machine, as busy as it is, without one. */
export const quiet: Attack = {
  what: 'nobody does anything',
  strangers: (crowd) => sleep(crowd.leftMs),
}
