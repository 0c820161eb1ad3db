import { basename, dirname } from 'node:path'
import { shellWord } from '../terminal/printable.ts'

/** How this copy of nle came here, which decides how it is upgraded. */
export type CopyOrigin = 'package' | 'add-on' | 'container' | 'executable' | 'source'

/** What tells where this copy came from. */
export interface CopyFacts {
  /** Undefined when nle runs from source. */
  readonly executable: string | undefined
  /** dpkg has the package of nle. */
  readonly isPackaged: boolean
  /** Home Assistant has given it a token. */
  readonly isAddOn: boolean
  /** This user may replace the executable. */
  readonly isWritable: boolean
  /** As dpkg and Node name the CPU. */
  readonly arch: 'amd64' | 'arm64'
}

/** The release to upgrade to. */
interface Wanted {
  readonly version: string
  readonly tag: string
  /** `owner/name` */
  readonly repository: string
}

/** Where the package and the container image have it; install.sh puts it elsewhere. */
const PACKAGED_EXECUTABLE = '/usr/bin/nle'

export function originOf(facts: CopyFacts): CopyOrigin {
  if (facts.isAddOn) return 'add-on'
  if (facts.executable === undefined) return 'source'
  if (facts.executable !== PACKAGED_EXECUTABLE) return 'executable'
  return facts.isPackaged ? 'package' : 'container'
}

/** What a person does to upgrade this copy: a sentence, and the commands to type, if there are any. */
export function wayToUpgrade(
  facts: CopyFacts,
  { version, tag, repository }: Wanted,
): { readonly say: string; readonly commands: readonly string[] } {
  const files = `https://github.com/${repository}/releases/download/${tag}`
  switch (originOf(facts)) {
    case 'add-on':
      return {
        say: 'In Home Assistant open Settings, Add-ons, nle, and choose Update. It may take some hours until the update shows there.',
        commands: [],
      }
    case 'container':
      return {
        say: `Start the container again from the image of version ${version}; with Docker Compose, in the folder of compose.yaml:`,
        commands: ['docker compose pull', 'docker compose up --detach'],
      }
    case 'package': {
      const file = `nle_${version}_${facts.arch}.deb`
      return {
        say: 'Download the package and install it; the service is restarted:',
        commands: [`curl -fLO ${files}/${file}`, `sudo apt install ./${file}`],
      }
    }
    case 'source':
      return {
        say: 'In the folder of the source, with nle stopped; then start it again:',
        commands: ['git fetch --tags', `git checkout ${tag}`],
      }
    case 'executable':
      return ofExecutable(facts, files)
  }
}

function ofExecutable({ executable = '', arch, isWritable }: CopyFacts, files: string) {
  const sudo = isWritable ? '' : 'sudo '
  const folder = dirname(executable)
  if (basename(executable) !== 'nle' || basename(folder) !== 'bin') {
    const file = `nle-linux-${arch === 'amd64' ? 'x64' : arch}`
    return {
      say: `Stop nle, download the executable and put it in the place of ${executable}; then start nle again:`,
      commands: [`curl -fLO ${files}/${file}`, `${sudo}install ${file} ${shellWord(executable)}`],
    }
  }
  const prefix = dirname(folder)
  const where = prefix === '/usr/local' ? '' : `NLE_PREFIX=${shellWord(prefix)} `
  return {
    say: 'Let the install script put it in place; it restarts the service that runs it:',
    commands: [`curl -fLO ${files}/install.sh`, `${sudo}${where}sh install.sh ${files}`],
  }
}
