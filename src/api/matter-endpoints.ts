import { endpoint } from './endpoint.ts'
import { choice, constant, list, object, of } from './schema.ts'
import { flag, invalid, notFound, refusal, text } from './shapes.ts'

const count = of('integer')
const success = constant(true)
const until = of(
  ['string', 'null'],
  'ISO 8601: a controller may be added until then. Null: none may, or the first one may at any time.',
)
const notDone = refusal(502, 'The bridge does not run, or could not do it.')
const note = of('string', 'Given when MATTER is set, and wins.')
const codes = {
  manual_code: of(['string', 'null'], 'To type; null while no controller may be added'),
  qr_code: of(['string', 'null'], 'The text of the QR code; null likewise'),
  until,
}

/** Apple Home, Google Home and Alexa through Matter. */
export const MATTER_ENDPOINTS = {
  getMatter: endpoint('GET', '/api/matter', 'read', 'server', {
    summary: 'The Matter bridge and how it goes, without its codes',
    answer: object({
      on: flag,
      source: choice(['environment', 'store'], 'What says whether it is on'),
      running: of('boolean', 'It is on the network'),
      port: of('integer', 'UDP'),
      interface: of(['string', 'null'], 'The network interface for mDNS; null for every one'),
      fabrics: list(
        object({
          index: count,
          name: of('string', 'Such as Apple Home'),
          vendor: of('integer', 'Vendor id of the controller'),
        }),
        { description: 'The controllers. Empty while the bridge does not run.' },
      ),
      window_until: until,
      thermostats: of('integer', 'Shown to controllers'),
      memory_bytes: of(['integer', 'null'], 'Of the bridge'),
      restarts: of('integer', 'How often the bridge was started again'),
      last_error: of(['string', 'null'], 'Why the bridge ended; null while it runs'),
    }),
  }),
  setMatter: endpoint('POST', '/api/matter', 'owner', 'server', {
    summary: 'Switch the Matter bridge on or off, now and after restarts',
    description: 'Controllers stay paired while it is off.',
    ownerCommand: 'nle matter on',
    body: object({ on: flag }),
    answer: object({ success, on: of('boolean', 'Now') }, { note }),
    refusals: [invalid],
  }),
  resetMatter: endpoint('DELETE', '/api/matter', 'owner', 'server', {
    summary: 'Forget every controller, and make new codes',
    ownerCommand: 'nle matter reset',
    answer: object({ success }),
  }),
  getMatterCodes: endpoint('GET', '/api/matter/pairing', 'owner', 'server', {
    summary: 'The codes for an app, while it may be added',
    ownerCommand: 'nle matter status',
    answer: object(codes),
  }),
  openMatter: endpoint('POST', '/api/matter/pairing', 'owner', 'server', {
    summary: 'Let another controller in, for 15 minutes',
    ownerCommand: 'nle matter pair',
    answer: object({ success, ...codes }),
    refusals: [invalid, notDone],
  }),
  removeMatterFabric: endpoint('DELETE', '/api/matter/fabrics/:index', 'owner', 'server', {
    summary: 'Take a controller off',
    ownerCommand: 'nle matter remove …',
    params: object({ index: count }),
    answer: object({ success, name: text }),
    refusals: [invalid, notFound, notDone],
  }),
} as const
