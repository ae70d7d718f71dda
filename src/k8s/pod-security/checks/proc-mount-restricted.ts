import type { PodSecurityCheck } from '../check.ts';
import { unmaskedProc } from './proc-mount.ts';

/** Before 1.35 the baseline check refused every unmasked /proc; since it spares user namespaces, restricted asks itself. */
export const procMountRestricted: PodSecurityCheck = {
  id: 'procMount_restricted',
  level: 'restricted',
  versions: [{ since: '1.35', test: unmaskedProc, overrides: ['procMount'] }],
};
