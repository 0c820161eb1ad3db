import { NleError } from '../../errors.ts'
import type { StoredBroker } from '../../protocol/mqtt/broker-config.ts'
import { brokerIn } from '../../protocol/supervisor/supervisor-answers.ts'
import { Inquiry, type InquiryWorld } from './inquiry.ts'
import { askSupervisor, type Supervisor } from './supervisor.ts'

/** A broker that is installed later is found without a restart. */
const GOOD_FOR_MS = 5 * 60_000
const NONE = 'Home Assistant has no MQTT broker'

/**
 * Asks the supervisor for Home Assistant's MQTT broker, and offers it. When there is none any more, the one known
 * stays: the broker's add-on may only be off for an update.
 */
export function brokerInquiry(
  supervisor: Supervisor,
  offer: (broker: StoredBroker) => Promise<void>,
  world: InquiryWorld,
): Inquiry {
  const { clock, log } = world
  let isNoneTold = false
  const ask = async (stopping: AbortSignal): Promise<number> => {
    try {
      const data = await askSupervisor(supervisor, '/services/mqtt', clock, stopping)
      await offer(brokerIn(data))
    } catch (error) {
      if (!(error instanceof NleError) || error.code !== 'not_found') throw error
      log[isNoneTold ? 'debug' : 'info'](NONE, { reason: error.message })
      isNoneTold = true
    }
    return GOOD_FOR_MS
  }
  return new Inquiry(world, ask, 'Home Assistant could not be asked for its MQTT broker')
}
