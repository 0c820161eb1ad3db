import { readFileSync } from 'node:fs'
import type { Config } from '../../config.ts'
import { NleError } from '../../errors.ts'
import { brokerAddress, type EnvironmentBroker } from '../../protocol/mqtt/broker-config.ts'

/** What flags and variables say of the broker. @throws NleError `invalid` for an unreadable CA file */
export function environmentBroker(config: Config): EnvironmentBroker {
  const { mqttHost, mqttPort, mqttCaFile } = config
  return {
    url: mqttHost === undefined ? undefined : brokerAddress(mqttHost, mqttPort).url,
    username: config.mqttUser,
    password: config.mqttPassword,
    ca: mqttCaFile === undefined ? undefined : readCertificates(mqttCaFile),
    topicPrefix: config.mqttTopicPrefix,
    discoveryPrefix: config.mqttDiscoveryPrefix,
  }
}

function readCertificates(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new NleError('invalid', `MQTT_CA_FILE cannot be read: ${why}`, { cause })
  }
}
