/** Sysctls that live in the IPC namespace of a pod, beside the tree of fs.mqueue. */
const IPC: readonly string[] = [
  'kernel.sem',
  'kernel.shmall',
  'kernel.shmmax',
  'kernel.shmmni',
  'kernel.shm_rmid_forced',
  'kernel.msgmax',
  'kernel.msgmnb',
  'kernel.msgmni',
];

/** The namespace of a pod that a sysctl belongs to, as the kubelet and the API server sort them; undefined for none. */
export function sysctlNamespace(written: string): 'net' | 'ipc' | undefined {
  const name = normalizeSysctl(written);
  if (name.startsWith('net.')) return 'net';
  return name.startsWith('fs.mqueue.') || IPC.includes(name) ? 'ipc' : undefined;
}

/**
 * `net/ipv4/tcp_mem` is `net.ipv4.tcp_mem`. The separator that comes first is the one that was meant; the other is then
 * part of a name, as in `net/ipv4/conf/eno2.100/forwarding`.
 */
function normalizeSysctl(name: string): string {
  const first = /[./]/.exec(name)?.[0];
  if (first !== '/') return name;
  return name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/'));
}
