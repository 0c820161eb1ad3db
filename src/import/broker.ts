import { NleError } from '../errors.ts'
import { count } from '../protocol/bucket.ts'
import { jsonObjectIn } from '../protocol/input.ts'
import { readBroker, type StoredBroker } from '../protocol/mqtt/broker-config.ts'
import type { SourceIntegration } from './source.ts'
import type { Tally } from './source-rows.ts'

/** The other server's defaults for fields that its configuration leaves out. */
const DEFAULTS_THERE = {
  brokerUrl: 'mqtt://localhost:1883',
  topicPrefix: 'nest',
  homeAssistantDiscovery: false,
}

/**
 * The broker that the other server publishes to, with the same topics, because dashboards and history
 * in Home Assistant depend on them. Of several brokers the one that was set last.
 *
 * @param isSet - whether nle has a broker already, which is kept
 */
export function importedBroker(
  rows: readonly SourceIntegration[],
  isSet: boolean,
  tally: Tally,
): StoredBroker | undefined {
  let broker: StoredBroker | undefined
  for (const row of [...rows].sort((a, b) => count(b.updatedAt) - count(a.updatedAt))) {
    const read = brokerIn(row)
    if (typeof read === 'string') tally.leave('integrations', read)
    else if (isSet) tally.leave('integrations', 'nle has an MQTT broker set already')
    else if (broker !== undefined) tally.leave('integrations', 'nle knows one MQTT broker')
    else broker = read
  }
  return broker
}

/** The broker in a row, or the reason why there is none. */
function brokerIn(row: SourceIntegration): StoredBroker | string {
  if (row.type !== 'mqtt') return 'nle does not know this integration'
  if (row.enabled !== 1) return 'switched off'
  const config = typeof row.config === 'string' ? jsonObjectIn(row.config) : undefined
  if (config === undefined) return 'the configuration is not a JSON object'
  try {
    return readBroker({ ...DEFAULTS_THERE, ...config })
  } catch (error) {
    // The configuration itself is not repeated: there may be a password in it.
    return error instanceof NleError ? error.message : 'the configuration cannot be read'
  }
}
