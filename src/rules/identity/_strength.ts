import type { RbacFacts } from '../../engine/facts/rbac.ts';
import type { Holding } from '../../k8s/rbac/holdings.ts';

/** The worst that a service account may do, in words; undefined for one that holds nothing of note. */
export function strengthOf(facts: RbacFacts, namespace: string, account: string): string | undefined {
  const holder = facts.escalation().holders.get(`ServiceAccount ${namespace}/${account}`);
  if (holder === undefined) return undefined;
  // What holds everywhere says more than what holds in one namespace.
  for (const wide of [true, false]) {
    for (const [capability, text] of STRENGTHS) {
      const found = holder.holdings.find(
        (each) => each.capability === capability && each.names === undefined && (each.namespace === '') === wide,
      );
      if (found !== undefined) return `${text} ${wide ? 'in the whole cluster' : `in namespace "${found.namespace}"`}`;
    }
  }
  return undefined;
}

const STRENGTHS: readonly (readonly [Holding['capability'], string])[] = [
  ['everything', 'do anything'],
  ['clusterroles.escalate', 'write roles beyond its own rights'],
  ['clusterroles.bind', 'bind any role'],
  ['impersonate.users', 'act as any user'],
  ['impersonate.serviceaccounts', 'act as any service account'],
  ['tokens.create', 'issue tokens'],
  ['signers.approve', 'approve certificates'],
  ['pods.create', 'create pods'],
  ['workloads.write', 'write workloads'],
  ['pods.exec', 'run commands in pods'],
  ['pods.ephemeral', 'run commands in pods'],
  ['nodes.proxy', 'use the kubelet API'],
  ['secrets.read', 'read Secrets'],
  ['admission.mutate', 'change admission webhooks'],
  ['persistentvolumes.create', 'create PersistentVolumes'],
];
