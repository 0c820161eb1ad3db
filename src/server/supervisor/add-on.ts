import type { Server } from 'node:http'
import type { StoredBroker } from '../../protocol/mqtt/broker-config.ts'
import type { ListenerOptions } from '../http/listener.ts'
import { ingressInquiry, ingressListener } from './ingress.ts'
import type { InquiryWorld } from './inquiry.ts'
import { brokerInquiry } from './offered-broker.ts'
import type { Supervisor } from './supervisor.ts'

export interface AddOnParts extends InquiryWorld {
  readonly supervisor: Supervisor
  /** Of the listener for the page within Home Assistant. */
  readonly listener: ListenerOptions
  /** Is offered Home Assistant's MQTT broker; undefined where the operator has named one. */
  readonly offerBroker: ((broker: StoredBroker) => Promise<void>) | undefined
}

/** What nle does beside serving when it is an add-on of Home Assistant. Nothing waits for the supervisor. */
export interface AddOn {
  /** For the page within Home Assistant; it listens once the supervisor has said where. */
  readonly server: Server
  start(): void
  stop(): void
}

export function makeAddOn({ supervisor, clock, log, listener, offerBroker }: AddOnParts): AddOn {
  const world = { clock, log }
  const server = ingressListener(listener, supervisor)
  const inquiries = [
    ingressInquiry(server, supervisor, world),
    ...(offerBroker === undefined ? [] : [brokerInquiry(supervisor, offerBroker, world)]),
  ]
  return {
    server,
    start: () => {
      for (const inquiry of inquiries) inquiry.start()
    },
    stop: () => {
      for (const inquiry of inquiries) inquiry.stop()
    },
  }
}
