/** A backup that nle made by itself. */
export interface NightlyBackup {
  /** Without its folder. */
  readonly name: string
  /** Wall clock, ms. */
  readonly madeAtMs: number
}

/** `nle.sqlite` gives `nle-nightly-20261128T031000Z.sqlite`: no name that a person would choose. */
export function backupName(database: string, nowMs: number): string {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')
  return `${prefixOf(database)}${stamp}.sqlite`
}

/** Those of these files that nle made of this database by itself, the oldest first. */
export function nightlyBackups(database: string, names: readonly string[]): NightlyBackup[] {
  return names
    .flatMap((name) => {
      const madeAtMs = madeAt(database, name)
      return madeAtMs === undefined ? [] : [{ name, madeAtMs }]
    })
    .sort((a, b) => a.madeAtMs - b.madeAtMs)
}

/** Whether a file is what a backup that was cut short has left. */
export function isLeftOver(database: string, name: string): boolean {
  const [, base = ''] = /^(.+\.sqlite)\.part(\..+|-.+)?$/.exec(name) ?? []
  return madeAt(database, base) !== undefined
}

/** The newest one that no wrong clock has dated later than now. */
export function newestOf(
  backups: readonly NightlyBackup[],
  nowMs: number,
): NightlyBackup | undefined {
  return backups.findLast(({ madeAtMs }) => madeAtMs <= nowMs)
}

/**
 * What to remove so that `keep` are left: never the new one; and those dated later than now first, because
 * they were made when the clock was wrong.
 */
export function surplusOf(
  backups: readonly NightlyBackup[],
  keep: number,
  fresh: NightlyBackup,
): NightlyBackup[] {
  const others = backups.filter(({ name }) => name !== fresh.name)
  const isLater = ({ madeAtMs }: NightlyBackup): boolean => madeAtMs > fresh.madeAtMs
  const ordered = [...others.filter(isLater), ...others.filter((each) => !isLater(each))]
  return ordered.slice(0, Math.max(0, ordered.length - (keep - 1)))
}

function madeAt(database: string, name: string): number | undefined {
  const prefix = prefixOf(database)
  if (!name.startsWith(prefix)) return undefined
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.sqlite$/.exec(name.slice(prefix.length))
  if (parts === null) return undefined
  const [, year, month, day, hour, minute, second] = parts
  const madeAtMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
  return Number.isNaN(madeAtMs) ? undefined : madeAtMs
}

function prefixOf(database: string): string {
  return `${database.replace(/\.[^.]*$/, '')}-nightly-`
}
