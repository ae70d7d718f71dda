/** The capabilities that Linux has, as Kubernetes names them: without `CAP_`. `ALL` stands for all of them. */
export const CAPABILITIES: ReadonlySet<string> = new Set([
  'ALL',
  'AUDIT_CONTROL',
  'AUDIT_READ',
  'AUDIT_WRITE',
  'BLOCK_SUSPEND',
  'BPF',
  'CHECKPOINT_RESTORE',
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'IPC_LOCK',
  'IPC_OWNER',
  'KILL',
  'LEASE',
  'LINUX_IMMUTABLE',
  'MAC_ADMIN',
  'MAC_OVERRIDE',
  'MKNOD',
  'NET_ADMIN',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_RAW',
  'PERFMON',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYSLOG',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_CHROOT',
  'SYS_MODULE',
  'SYS_NICE',
  'SYS_PACCT',
  'SYS_PTRACE',
  'SYS_RAWIO',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'WAKE_ALARM',
]);

/** Outside the default set of the runtimes, and no way out of the container. */
export const MINOR_CAPABILITIES: ReadonlySet<string> = new Set([
  'BLOCK_SUSPEND',
  'IPC_LOCK',
  'LEASE',
  'SYS_NICE',
  'WAKE_ALARM',
]);

export interface Danger {
  readonly severity: 'critical' | 'high' | 'medium';
  /** What it is good for, to follow a colon. */
  readonly gives: string;
  /** Asks the host, so that inside a user namespace it is refused. */
  readonly hostOnly?: true;
}

/** Capabilities that defeat the isolation of a container. */
export const DANGEROUS_CAPABILITIES: ReadonlyMap<string, Danger> = new Map([
  ['ALL', { severity: 'critical', gives: 'every capability there is' }],
  ['SYS_ADMIN', { severity: 'critical', gives: 'mounting, namespaces and most ways out of a container' }],
  ['SYS_MODULE', { severity: 'critical', gives: 'loading code into the kernel', hostOnly: true }],
  ['SYS_RAWIO', { severity: 'critical', gives: 'raw access to memory and ports', hostOnly: true }],
  ['DAC_READ_SEARCH', { severity: 'critical', gives: 'opening any file of the node by its handle' }],
  ['BPF', { severity: 'critical', gives: 'loading programs into the kernel' }],
  ['SYS_PTRACE', { severity: 'high', gives: 'reading and changing the memory of other processes' }],
  ['NET_ADMIN', { severity: 'high', gives: 'changing routes, firewalls and interfaces' }],
  ['PERFMON', { severity: 'high', gives: 'watching the kernel and every process' }],
  ['SYS_BOOT', { severity: 'high', gives: 'restarting the node or booting another kernel', hostOnly: true }],
  ['MAC_ADMIN', { severity: 'high', gives: 'changing the policy of the security module' }],
  ['MAC_OVERRIDE', { severity: 'high', gives: 'ignoring the policy of the security module' }],
  ['SYSLOG', { severity: 'high', gives: 'reading kernel addresses and messages' }],
  ['SYS_TIME', { severity: 'high', gives: "setting the node's clock", hostOnly: true }],
  ['AUDIT_CONTROL', { severity: 'high', gives: "switching the node's audit log off" }],
  ['LINUX_IMMUTABLE', { severity: 'high', gives: 'making files that nobody can remove' }],
  ['CHECKPOINT_RESTORE', { severity: 'high', gives: 'reading and replacing the state of other processes' }],
  ['NET_RAW', { severity: 'medium', gives: 'forging packets and listening to the network' }],
  ['NET_BROADCAST', { severity: 'medium', gives: 'sending to every host of the network' }],
  ['IPC_OWNER', { severity: 'medium', gives: 'reading the shared memory of others' }],
  ['SYS_RESOURCE', { severity: 'medium', gives: 'ignoring limits and quotas' }],
  ['SYS_TTY_CONFIG', { severity: 'medium', gives: 'taking over terminals' }],
  ['SYS_PACCT', { severity: 'medium', gives: 'switching process accounting' }],
  ['AUDIT_READ', { severity: 'medium', gives: "reading the node's audit log" }],
] as const);

/** The name that was meant: `cap_sys_admin` is SYS_ADMIN. */
export function normalizeCapability(written: string): string {
  const upper = written.toUpperCase();
  return upper.startsWith('CAP_') ? upper.slice('CAP_'.length) : upper;
}
