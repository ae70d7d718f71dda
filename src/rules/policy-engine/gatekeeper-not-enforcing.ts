import { defineRule } from '../../engine/rule.ts';
import { CONSTRAINT_GROUP } from '../../k8s/gatekeeper/template.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { didYouMean } from '../../k8s/schema/did-you-mean.ts';
import type { AnyNode } from '../../yaml/node.ts';

const ACTIONS = ['deny', 'dryrun', 'warn', 'scoped'];

export default defineRule({
  id: 'gatekeeper-not-enforcing',
  title: 'Constraint whose violations do not block',
  category: 'policy-engine',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [`*.${CONSTRAINT_GROUP}`],
  messages: {
    recorded: 'constraint "{name}" has the action {action}: objects that violate it are admitted',
    unknown: '"{action}" is no action of a constraint: Gatekeeper refuses it{hint}',
    misplaced: 'enforcementAction stands under spec: here nothing reads it',
    'no-scopes':
      'constraint "{name}" is scoped, and no scope denies at admission: objects that violate it are admitted',
    'scopes-unread': 'scopedEnforcementActions are read where enforcementAction is scoped, and it is {action}',
  },
  check({ root, head }, context) {
    const spec: AnyNode = root.get('spec');
    const { name } = head;
    for (const place of [root.get('metadata'), spec.get('match'), root] as readonly AnyNode[]) {
      const node: AnyNode = place.get('enforcementAction');
      if (node.written) context.report(node, 'misplaced', { atKey: true, severity: 'high' });
    }
    const node: AnyNode = spec.get('enforcementAction');
    const action = node.present ? node.string : 'deny';
    if (action === undefined || isUnresolved(action)) return;
    const scoped: AnyNode = spec.get('scopedEnforcementActions');
    if (!ACTIONS.includes(action)) {
      const word =
        ACTIONS.find((each) => each === action.toLowerCase()) ??
        SLIPS[action.toLowerCase()] ??
        didYouMean(action, ACTIONS);
      context.report(node, 'unknown', {
        data: { action, hint: word === undefined ? '' : `, did you mean ${word}?` },
        severity: 'high',
      });
      return;
    }
    if (action === 'dryrun' || action === 'warn') {
      context.report(node, 'recorded', {
        data: { name, action },
        fix: {
          title: 'Deny what violates the constraint',
          safety: 'hardening',
          changes: [{ op: 'set', path: node.steps, value: 'deny' }],
        },
      });
    } else if (action === 'scoped') {
      const denies = (scoped.items() as readonly AnyNode[]).some(
        (entry) =>
          entry.get('action').string === 'deny' &&
          (entry.get('enforcementPoints').items() as readonly AnyNode[]).some((point) =>
            POINTS.has(point.get('name').string ?? ''),
          ),
      );
      if (!denies) context.report(node, 'no-scopes', { data: { name } });
    }
    if (action !== 'scoped' && scoped.present) {
      context.report(scoped, 'scopes-unread', { data: { action }, atKey: true });
    }
  },
  docs: {
    why: '`dryrun` and `warn` are for trying a constraint out: what it forbids is admitted, and shows up in the audit at best. An action of another name is refused.',
    fix: 'Set `enforcementAction: deny`, or leave it out.',
    frameworks: { nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://open-policy-agent.github.io/gatekeeper/website/docs/violations/',
      'https://open-policy-agent.github.io/gatekeeper/website/docs/enforcement-points/',
    ],
    examples: {
      bad: [
        {
          title: 'tried out, misspelt, misplaced',
          in: 'manifests',
          yaml: `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: labels
spec:
  enforcementAction: dryrun # finding: recorded
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: block
spec:
  enforcementAction: Deny # finding: unknown
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: elsewhere
spec:
  match:
    enforcementAction: deny # finding: misplaced`,
        },
        {
          title: 'scopes',
          in: 'manifests',
          yaml: `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: scoped
spec:
  enforcementAction: scoped # finding: no-scopes
  scopedEnforcementActions:
    - action: deny
      enforcementPoints: [{ name: gator.gatekeeper.sh }]
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: unread
spec:
  enforcementAction: deny
  scopedEnforcementActions: # finding: scopes-unread
    - action: warn
      enforcementPoints: [{ name: "*" }]`,
        },
      ],
      good: [
        {
          title: 'denies, by default and by scope',
          in: 'manifests',
          yaml: `apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: labels
spec:
  match: { kinds: [{ apiGroups: [""], kinds: [Pod] }] }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sRequiredLabels
metadata:
  name: scoped
spec:
  enforcementAction: scoped
  scopedEnforcementActions:
    - action: deny
      enforcementPoints: [{ name: validation.gatekeeper.sh }]`,
        },
      ],
    },
  },
});

/** Where an action has to be deny for the API server to refuse. */
const POINTS: ReadonlySet<string> = new Set(['*', 'validation.gatekeeper.sh', 'vap.k8s.io']);

/** The words of other engines. */
const SLIPS: Readonly<Record<string, string>> = { enforce: 'deny', block: 'deny', reject: 'deny', audit: 'dryrun' };
