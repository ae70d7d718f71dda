import type { FixProposal } from '../../engine/rule.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { Offender } from '../../k8s/pod-security/check.ts';
import type { Change } from '../../yaml/edit.ts';
import type { AnyNode } from '../../yaml/node.ts';
import type { Value } from '../../yaml/value.ts';
import { addsCapability, removing } from './_hardening.ts';

/**
 * The edits after which none of the offenders is left; undefined where one of them asks for a decision that no edit can
 * take, such as which volume to use instead of a hostPath.
 */
export function restricting(offenders: readonly Offender[], pod: PodView, title: string): FixProposal | undefined {
  const changes = new Map<string, Change>();
  const lackNonRoot = offenders.filter(({ node }) => node.key === 'runAsNonRoot' && !node.present).length;
  const everyone = lackNonRoot === pod.containers.length;
  const mighty = new Set(
    pod.containers.filter((each) => addsCapability(each, 'SYS_ADMIN')).map((each) => each.securityContext.path),
  );
  for (const { node } of offenders) {
    const edits = node.present ? correcting(node) : adding(node, pod, everyone, mighty);
    if (edits === undefined) return undefined;
    for (const edit of edits) changes.set(edit.path.join('\0'), edit);
  }
  return { title, safety: 'hardening', changes: [...changes.values()] };
}

function adding(
  node: AnyNode,
  pod: PodView,
  everyone: boolean,
  mighty: ReadonlySet<string>,
): readonly Change[] | undefined {
  switch (node.key) {
    case 'allowPrivilegeEscalation':
      // Beside SYS_ADMIN it is a contradiction, and somebody has to decide which of the two goes.
      return mighty.has(node.parent!.path) ? undefined : [set(node, false)];
    case 'drop':
      return [set(node, ['ALL'])];
    case 'runAsNonRoot':
      return [set(everyone ? pod.securityContext.get('runAsNonRoot') : node, true)];
    case 'seccompProfile':
      return [set(pod.securityContext.get('seccompProfile').get('type'), 'RuntimeDefault')];
    default:
      return undefined;
  }
}

function correcting(node: AnyNode): readonly Change[] | undefined {
  const { key, parent } = node;
  switch (key) {
    case 'privileged':
    case 'hostNetwork':
    case 'hostPID':
    case 'hostIPC':
    case 'hostPort':
    case 'procMount':
    case 'host':
      return removing(node);
    case 'allowPrivilegeEscalation':
      return [set(node, false)];
    case 'runAsNonRoot':
      return [set(node, true)];
    case 'drop':
      return [set(node, ['ALL'])];
    case 'user':
    case 'role':
      return removing(node);
    case 'type':
      return parent?.key === 'seLinuxOptions' ? removing(node) : [set(node, 'RuntimeDefault')];
  }
  if (typeof key === 'number' && parent?.key === 'add') return removing(node);
  if (parent?.key === 'annotations' && typeof key === 'string' && key.includes('apparmor')) {
    return [set(node, 'runtime/default')];
  }
  return undefined;
}

function set(node: AnyNode, value: Value): Change {
  return { op: 'set', path: node.steps, value };
}
