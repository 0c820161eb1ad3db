import { STOP_TIMEOUT_S } from './notify.ts'

/** Where a unit written by `nle service install` lives; a package's own is below /usr/lib or /lib. */
export const UNIT_NAME = 'nle.service'
export const UNIT_PATH = `/etc/systemd/system/${UNIT_NAME}`

/** Units that a package installs; a second unit must not shadow them. */
const PACKAGED_UNITS = [`/usr/lib/systemd/system/${UNIT_NAME}`, `/lib/systemd/system/${UNIT_NAME}`]

/** Whether a package has installed the unit. */
export function isPackaged(host: { exists(path: string): boolean }): boolean {
  return PACKAGED_UNITS.some((path) => host.exists(path))
}

/**
 * The systemd unit: a server that may talk to the network, write its own folder, and nothing else.
 * `executable` is the absolute path systemd starts. `nle service install` and the Debian package
 * write the same text.
 */
export function unitText(executable: string): string {
  return `[Unit]
Description=nle, a self-hosted server for Nest thermostats
Wants=network-online.target
After=network-online.target

[Service]
# The messages come from systemd-notify, a child of the main process.
Type=notify
NotifyAccess=all
WatchdogSec=60
# Tells boots apart: the sandbox below hides the kernel's own file of it.
Environment=NLE_BOOT_ID=%b
ExecStart=${quoteForExec(executable)} serve
# API_ORIGIN, SERVER_PORT and the other variables of "nle serve --help", one NAME=value a line.
EnvironmentFile=-/etc/default/nle
Restart=on-failure
RestartSec=2
# A wrong option stays wrong, and a damaged database damaged.
RestartPreventExitStatus=2 13
# Every held answer is finished first, within 2 s (thermostats come back by themselves). With DRAIN_SECONDS nle asks
# for that much more.
TimeoutStopSec=${STOP_TIMEOUT_S}
KillMode=mixed

# A user that exists only while nle runs, owning /var/lib/nle and nothing else.
DynamicUser=yes
StateDirectory=nle
StateDirectoryMode=0700
# Holds /run/nle/nle.sock, which only root and this user may open: "sudo nle …" talks to the server by it.
RuntimeDirectory=nle
RuntimeDirectoryMode=0755
UMask=0077

# Nothing else to write, little to see. (ProtectHome hides /home, so the executable is not there.)
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
ProcSubset=pid
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RemoveIPC=yes

# Nothing to become. A port below 1024 needs CAP_NET_BIND_SERVICE in the two capability lines and
# PrivateUsers=no.
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
PrivateUsers=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictRealtime=yes
LockPersonality=yes

# IP for thermostats and clients, unix for commands and systemd, netlink to find this machine's own address.
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
# MemoryDenyWriteExecute cannot be set: V8 compiles JavaScript to machine code while it runs.

[Install]
WantedBy=multi-user.target
`
}

/** Why systemd could not start this executable under the unit above; `undefined` when it could. */
export function unfitExecutable(executable: string): string | undefined {
  if (!executable.startsWith('/')) return 'it is not an absolute path'
  if (/\p{Cc}/u.test(executable)) return 'its path contains control characters'
  if (/^\/(home|root|run\/user)\//.test(executable)) {
    return 'home folders are hidden from the service'
  }
  if (/^\/(tmp|var\/tmp|dev\/shm)\//.test(executable)) return 'temporary folders are emptied'
  return undefined
}

/** One word of an ExecStart line: quoted where needed, with systemd's own specifiers disarmed. */
export function quoteForExec(word: string): string {
  const escaped = word
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replaceAll('$', '$$$$')
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped}"`
}
