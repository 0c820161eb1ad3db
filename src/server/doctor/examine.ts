import { NleError } from '../../errors.ts'
import { checkAnnounced } from './announced-check.ts'
import { checkBackups } from './backup-check.ts'
import { checkClock } from './clock-check.ts'
import { checkDatabase, checkDisk, checkShared } from './database-check.ts'
import { type Finding, findingOf, type Subject } from './finding.ts'
import { checkMatter } from './matter-check.ts'
import { checkMqtt, checkOrigin, checkTrouble, remarksOnOrigin } from './network-check.ts'
import { checkPinning } from './pinning-check.ts'
import { checkChanges, checkThermostats } from './thermostats-check.ts'
import { checkTls } from './tls-check.ts'
import { checkTokens } from './tokens-check.ts'

/** Every check that a server makes of itself, or a command in its place while none runs. */
export async function examine(subject: Subject): Promise<Finding[]> {
  return [
    ...checkTrouble(subject),
    await checkOrigin(subject),
    ...remarksOnOrigin(subject),
    ...(await inStore('clock', () => checkClock(subject))),
    ...checkDatabase(subject),
    ...(await checkShared(subject.store)),
    ...checkDisk(subject),
    ...(await inStore('backup', () => checkBackups(subject))),
    ...checkTls(subject),
    ...checkMqtt(subject),
    ...(await checkMatter(subject)),
    ...checkAnnounced(subject),
    ...checkTokens(subject),
    ...(await inStore('thermostats', () => checkThermostats(subject))),
    ...(await inStore('passwords', () => checkPinning(subject))),
    ...(await inStore('changes', () => checkChanges(subject))),
  ]
}

/** A check of what is on file, which cannot be made where the database cannot be read. */
async function inStore(check: string, find: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await find()
  } catch (error) {
    if (!(error instanceof NleError)) throw error
    return [findingOf(check)('problem', `it cannot be checked. ${error.message}`)]
  }
}
