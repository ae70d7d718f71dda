import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { NEWEST_MINOR, OLDEST_MINOR } from '../../k8s/version.ts';
import { example, presetOf } from './_component.ts';

export default defineRule({
  id: 'control-plane-flag-unknown',
  title: 'Flag that the component does not have',
  category: 'control-plane',
  severity: 'medium',
  preset: 'strict',
  on: 'project',
  facts: [controlPlane],
  messages: {
    unknown: '{component} {version} has no flag --{flag} and does not start{hint}',
    newer: '--{flag} came with {component} 1.{since}, so that {version} does not start',
  },
  check(project, context) {
    const { components, tables } = project.fact(controlPlane);
    for (const view of components) {
      const { component } = view;
      const minor = view.minor ?? context.minor;
      if (!tables.hasFlagTable(component) || minor > NEWEST_MINOR || minor < OLDEST_MINOR) continue;
      if (component === 'etcd' && !/:v?3\.[567]\./.test(view.container?.node.get('image').string ?? '')) continue;
      for (const name of view.names) {
        if (COMMON.has(name)) continue;
        const entry = tables.flagEntry(component, name);
        const version = component === 'etcd' ? '' : `1.${minor}`;
        for (const flag of view.all(name)) {
          if (flag.origin !== 'argument' && flag.origin !== 'extraArgs') continue;
          const { node, ...place } = flag.item;
          if (entry === undefined) {
            const near = tables.nearestFlag(component, name, minor);
            const hint = near === undefined ? '' : `: did you mean --${near}?`;
            const severity = near === undefined ? 'medium' : 'high';
            const data = { component, version, flag: name, hint };
            context.report(node, 'unknown', { ...place, ...presetOf(view), data, severity });
          } else if (entry.since !== undefined && entry.since > minor && view.minor !== undefined) {
            context.report(node, 'newer', { ...place, data: { component, version, flag: name, since: entry.since } });
          }
        }
      }
    }
  },
  docs: {
    why: 'A component that meets a flag it does not know prints its usage and exits. A protection that is misspelt is no protection, and the control plane or the node does not come up.',
    fix: 'Write the flag as the reference of the release has it.',
    frameworks: { unmapped: 'the component does not start' },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/',
      'https://etcd.io/docs/v3.6/op-guide/configuration/',
    ],
    limits:
      'Distributions that add flags of their own to the components are reported too: switch the rule off for them.',
    examples: {
      bad: [
        {
          title: 'a singular',
          in: 'container',
          yaml: example('kube-apiserver', ['--enable-admission-plugin=NodeRestriction # finding: unknown']),
        },
        {
          title: 'a flag of a later release',
          in: 'container',
          yaml: `name: kube-apiserver
image: registry.k8s.io/kube-apiserver:v1.27.3
command:
  - kube-apiserver
  - --authentication-config=/etc/kubernetes/authn.yaml # finding: newer`,
        },
      ],
      good: [
        {
          title: 'the plural',
          in: 'container',
          yaml: example('kube-apiserver', ['--enable-admission-plugins=NodeRestriction']),
        },
      ],
    },
  },
});

/** Flags of every component that its table leaves out. */
const COMMON = new Set(['help', 'v', 'vmodule', 'version']);
