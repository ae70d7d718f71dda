import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example, presetOf } from './_component.ts';

export default defineRule({
  id: 'etcd-auto-tls',
  title: 'etcd makes its own certificates',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { auto: 'etcd makes its own certificates, which nobody can verify: --{flag} is true' },
  check(project, context) {
    for (const view of componentsOf(project, 'etcd')) {
      for (const name of ['auto-tls', 'peer-auto-tls']) {
        const flag = view.flag(name);
        if (flag === undefined || view.boolean(name, false) !== true) continue;
        const { node, ...place } = flag.place;
        const changes = flag.change('false');
        const fix =
          changes === undefined
            ? {}
            : { fix: { title: 'Take certificates from files', safety: 'hardening', changes } as const };
        context.report(node, 'auto', { ...place, ...presetOf(view), data: { flag: name }, ...fix });
      }
    }
  },
  docs: {
    why: 'A certificate that was made at start is signed by no one. Clients skip verification, and whoever answers in the place of etcd is believed.',
    fix: 'Set it to false and give `--cert-file` and `--key-file`, for peers `--peer-cert-file` and `--peer-key-file`.',
    frameworks: { cis: ['2.3', '2.6'], nsa: ['N5'], mitre: ['T1557'] },
    equivalents: { trivy: ['KCV-0044', 'KCV-0047'], kubescape: ['C-0155', 'C-0158'], checkov: ['CKV_K8S_118'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/configure-upgrade-etcd/#securing-etcd-clusters'],
    examples: {
      bad: [
        {
          title: 'for clients and for peers',
          in: 'container',
          yaml: example('etcd', ['--auto-tls=true # finding: auto', '--peer-auto-tls=true # finding: auto']),
        },
      ],
      good: [
        {
          title: 'from files',
          in: 'container',
          yaml: example('etcd', ['--cert-file=/pki/server.crt', '--key-file=/pki/server.key']),
        },
      ],
    },
  },
});
