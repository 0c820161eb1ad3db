import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { defaultDatabasePath, SERVICE_DATABASE } from '../../store/path.ts'
import { sudoCallersDatabase } from '../options/sudo-caller.ts'
import { executablePath } from '../own-command.ts'

/** What `nle service` needs of the machine; a test passes its own. */
export interface ServiceHost {
  /** systemd runs this machine (having its programs installed is not enough). */
  booted(): boolean
  isRoot(): boolean
  /** The path of the executable this process runs from; `undefined` when run from source. */
  executable(): string | undefined
  exists(path: string): boolean
  /** The default databases of the person who typed sudo and of this user, there or not. */
  homeDatabases(): readonly string[]
  /** Where the service keeps its own. */
  readonly serviceDatabase: string
  /** Undefined when there is no such file, or it cannot be read. */
  read(path: string): string | undefined
  /** Writes a file that everybody may read, or keeps who may. */
  write(path: string, text: string): void
  /** Puts a copy of a program that everybody may run in the place of what is there. */
  copyProgram(from: string, to: string): void
  remove(path: string): void
  /** Runs systemctl to its end. */
  systemctl(...args: string[]): Promise<SystemctlResult>
}

export interface SystemctlResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

/** What everybody may read. */
const NEW_FILE = { mode: 0o644, uid: undefined, gid: undefined }

/** The machine nle runs on. */
export function systemHost(): ServiceHost {
  return {
    // What sd_booted(3) looks at.
    booted: () => existsSync('/run/systemd/system'),
    isRoot: () => process.geteuid?.() === 0,
    executable: executablePath,
    exists: existsSync,
    homeDatabases() {
      const callers = sudoCallersDatabase(process.env)
      const own = defaultDatabasePath(process.env)
      return callers === undefined || callers === own ? [own] : [callers, own]
    },
    serviceDatabase: SERVICE_DATABASE,
    read(path) {
      try {
        return readFileSync(path, 'utf8')
      } catch {
        return undefined
      }
    },
    copyProgram(from, to) {
      // A program that runs cannot be written to, but replaced.
      const draft = `${to}.new`
      copyFileSync(from, draft)
      chmodSync(draft, 0o755)
      renameSync(draft, to)
    },
    write(path, text) {
      // The file is replaced in one step, so systemd never reads half a unit. It keeps its owner and mode, because
      // settings may be secrets.
      const { mode, uid, gid } = statSync(path, { throwIfNoEntry: false }) ?? NEW_FILE
      const draft = `${path}.new`
      rmSync(draft, { force: true })
      writeFileSync(draft, text, { mode: 0o600 })
      if (uid !== undefined && gid !== undefined) chownSync(draft, uid, gid)
      chmodSync(draft, mode & 0o777)
      renameSync(draft, path)
    },
    remove: (path) => rmSync(path, { force: true }),
    systemctl: (...args) =>
      new Promise((resolve) => {
        execFile('systemctl', args, (error, stdout, stderr) => {
          const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
          resolve({ exitCode, stdout, stderr: stderr || (error?.message ?? '') })
        })
      }),
  }
}
