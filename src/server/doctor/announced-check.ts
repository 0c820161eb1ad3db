import { type Finding, findingOf, type Subject } from './finding.ts'

/** Whether apps and other machines of the home find the server by themselves; no finding where it was not meant to. */
export function checkAnnounced({ live }: Pick<Subject, 'live'>): Finding[] {
  if (live === undefined) return []
  const { announced } = live
  const finding = findingOf('announced')
  switch (announced.type) {
    case 'off':
      return []
    case 'nowhere':
      return [finding('note', 'not announced: other machines of the home do not reach this server')]
    case 'announced':
      return [finding('ok', `as "${announced.name}" at ${announced.address}`)]
    case 'failed':
      return [
        finding(
          'warning',
          `not announced, so apps do not find this server by themselves: ${announced.reason}`,
          'It is tried again by itself. "ss -lunp" shows which program has UDP port 5353; MDNS=off switches announcing off.',
        ),
      ]
  }
}
