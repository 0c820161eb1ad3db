import { existsSync } from 'node:fs'
import { type Finding, findingOf } from '../../server/doctor/finding.ts'
import { inspect } from '../../store/copies.ts'
import { isServed } from '../../store/open.ts'
import { realPath } from '../../store/path.ts'

/** The databases of this machine that no server has, and a person may take for that of the server. */
export function checkUnusedDatabases(
  served: string,
  { usualDatabases, nowMs }: { readonly usualDatabases: readonly string[]; readonly nowMs: number },
): Finding[] {
  const others = usualDatabases.filter(
    (path) => realPath(path) !== realPath(served) && existsSync(path) && !isServed(path),
  )
  return others.map((path) => {
    const holds = `${path} is not the database of this server, which has ${served}`
    const mend = `"nle restore ${path} --db ${served}" puts it in the place of the server's. Remove it if you do not need it.`
    try {
      const { paired } = inspect(path, nowMs)
      const what = `${paired} paired thermostat${paired === 1 ? '' : 's'}`
      return findingOf('unused')('note', `${holds}; it has ${what}`, mend)
    } catch {
      return findingOf('unused')('note', holds, mend)
    }
  })
}
