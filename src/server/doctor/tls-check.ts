import { certificateFacts, hasTlsFiles, readTlsPair, tlsPaths } from '../http/tls-files.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'

const DAY_MS = 86_400_000
/** Automatic renewal comes thirty days before the end. */
const SOON_MS = 14 * DAY_MS

/** Whether the certificate is valid, and for how long; no finding without one configured. */
export function checkTls(subject: Subject): Finding[] {
  const { certDir } = subject.config
  return certDir === undefined ? [] : [checkCertificate(certDir, subject)]
}

function checkCertificate(certDir: string, { origin, nowMs }: Subject): Finding {
  const finding = findingOf('certificate')
  if (!hasTlsFiles(certDir) && !origin.url.startsWith('https:')) {
    return finding(
      'warning',
      `${certDir} is empty, so there is no TLS`,
      'Unset CERT_DIR, or put fullchain.pem and privkey.pem there.',
    )
  }
  let facts: ReturnType<typeof certificateFacts>
  try {
    facts = certificateFacts(readTlsPair(certDir).cert)
  } catch (error) {
    return finding('problem', error instanceof Error ? error.message : String(error))
  }
  const { cert } = tlsPaths(certDir)
  const renew = 'Renew it; nle takes the new one into use by itself within a minute.'
  const until = new Date(facts.expiresAtMs).toISOString().slice(0, 10)
  if (facts.expiresAtMs <= nowMs)
    return finding('problem', `${cert} has expired on ${until}`, renew)
  if (facts.startsAtMs > nowMs) {
    return finding('problem', `${cert} is not valid yet`, 'Check the clock of this machine.')
  }
  const { hostname } = new URL(origin.url)
  if (!facts.covers(hostname)) {
    return finding(
      'problem',
      `${cert} is not for ${hostname}, which thermostats are told`,
      'Set API_ORIGIN to a name in the certificate, or get one for this name.',
    )
  }
  if (facts.expiresAtMs - nowMs < SOON_MS)
    return finding('warning', `${cert} expires on ${until}`, renew)
  return finding('ok', `${cert} is valid until ${until}`)
}
