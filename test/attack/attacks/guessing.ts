import type { Attack } from '../attack.ts'
import { addresses } from '../crowd.ts'
import { claim, madeUpCode } from '../made-up.ts'
import { strangerV6Addresses } from '../network.ts'

const ADDRESSES = 40
const EVERY_MS = 50

/** Strangers at many addresses guess entry codes (`P12`). */
export const guessing: Attack = {
  what: `${ADDRESSES} IPv4 addresses, and IPv6 ones where there are any, guess entry codes`,
  strangers: (crowd) =>
    crowd.repeat(
      [...addresses(ADDRESSES), ...strangerV6Addresses()],
      EVERY_MS,
      async (stranger) => {
        await stranger.ask('control', 'guess', claim(madeUpCode()))
      },
    ),
}
