import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { integer } from '../../k8s/control-plane/values.ts';
import { componentsOf, example } from '../control-plane/_component.ts';

export default defineRule({
  id: 'apiserver-audit-retention',
  title: 'Audit log is not kept long enough, or not rotated',
  category: 'audit',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    short: 'the audit log keeps {kept}: less than 30 days, 10 files and 100 MB, which CIS asks for',
    endless:
      'the audit log is never rotated and fills the disk: none of --audit-log-maxage, --audit-log-maxbackup and --audit-log-maxsize is set',
    negative: '--{flag} {value} is negative, so kube-apiserver does not start',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const path = view.flag('audit-log-path');
      // What goes to standard output or to a webhook as well is kept by someone else.
      if (path === undefined || path.value === '' || path.value === '-' || view.sets('audit-webhook-config-file'))
        continue;
      const limits = LIMITS.map(([name, least, unit]) => ({ flag: view.flag(name), name, least, unit }));
      if (limits.every(({ flag }) => flag === undefined)) {
        const { node, ...place } = path.place;
        if (view.complete) context.report(node, 'endless', { ...place, preset: 'strict' });
        continue;
      }
      const short = limits.filter(({ flag, least }) => {
        const value = integer(flag?.value);
        return value !== undefined && value > 0 && value < least;
      });
      for (const { flag, name } of limits) {
        const value = integer(flag?.value);
        if (flag === undefined || value === undefined || value >= 0) continue;
        const { node, ...place } = flag.place;
        context.report(node, 'negative', { ...place, data: { flag: name, value: flag.value }, severity: 'high' });
      }
      const first = short[0]?.flag;
      if (first === undefined) continue;
      const { node, ...place } = first.place;
      const kept = short.map(({ flag, unit }) => `${flag!.value} ${unit}`).join(' and ');
      const changes = short.flatMap(({ flag, least }) => flag!.change(String(least)) ?? []);
      const fix =
        changes.length === short.length
          ? { fix: { title: 'Keep what CIS asks for', safety: 'hardening', changes } as const }
          : {};
      context.report(node, 'short', { ...place, data: { kept }, ...fix });
    }
  },
  docs: {
    why: 'Break-ins are found weeks later. A log that has been overwritten by then tells nothing; one that is never rotated fills the disk of the control plane.',
    fix: 'Set `--audit-log-maxage=30`, `--audit-log-maxbackup=10` and `--audit-log-maxsize=100`, or more.',
    frameworks: { cis: ['1.2.17', '1.2.18', '1.2.19'], nsa: ['L1'], mitre: ['T1562.008'] },
    equivalents: {
      trivy: ['KCV-0020', 'KCV-0021', 'KCV-0022'],
      kubescape: ['C-0131', 'C-0132', 'C-0133'],
      checkov: ['CKV_K8S_92', 'CKV_K8S_93', 'CKV_K8S_94'],
    },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#log-backend'],
    limits: 'A limit that is not set or 0 is no limit and not reported beside another one.',
    examples: {
      bad: [
        {
          title: 'five files',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--audit-log-path=/var/log/audit.log',
            '--audit-log-maxsize=500',
            '--audit-log-maxbackup=5 # finding: short',
          ]),
        },
        {
          title: 'no end',
          in: 'container',
          yaml: example('kube-apiserver', ['--audit-log-path=/var/log/audit.log # finding: endless']),
        },
        {
          title: 'below zero',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--audit-log-path=/var/log/audit.log',
            '--audit-log-maxage=-1 # finding: negative',
          ]),
        },
      ],
      good: [
        {
          title: 'as CIS asks',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--audit-log-path=/var/log/audit.log',
            '--audit-log-maxage=30',
            '--audit-log-maxbackup=10',
            '--audit-log-maxsize=100',
          ]),
        },
      ],
    },
  },
});

const LIMITS = [
  ['audit-log-maxage', 30, 'days'],
  ['audit-log-maxbackup', 10, 'files'],
  ['audit-log-maxsize', 100, 'MB'],
] as const;
