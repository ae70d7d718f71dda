import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from '../control-plane/_component.ts';

export default defineRule({
  id: 'apiserver-audit-ineffective',
  title: 'Audit is switched on by half',
  category: 'audit',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    policy: '--{flag} records nothing without --audit-policy-file',
    backend: '--audit-policy-file records nothing without --audit-log-path or --audit-webhook-config-file',
    version: '--{flag}={value} is not served any more: kube-apiserver takes audit.k8s.io/v1',
    legacy: '--audit-log-format=legacy leaves most of an event out',
    strict: '--{flag}=blocking-strict refuses requests while the backend does not answer',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const policy = view.flag('audit-policy-file');
      const backends = ['audit-log-path', 'audit-webhook-config-file'].filter((name) => view.sets(name));
      if (view.complete && backends.length > 0 && !view.sets('audit-policy-file')) {
        const flag = view.flag(backends[0]!)!;
        const { node, ...place } = flag.place;
        context.report(node, 'policy', { ...place, data: { flag: flag.name } });
      } else if (view.complete && policy !== undefined && policy.value !== '' && backends.length === 0) {
        const { node, ...place } = policy.place;
        context.report(node, 'backend', place);
      }
      for (const name of ['audit-log-version', 'audit-webhook-version']) {
        const flag = view.flag(name);
        if (flag === undefined || !flag.known || flag.value === '' || flag.value === 'audit.k8s.io/v1') continue;
        if ((view.minor ?? context.minor) < 24) continue;
        const { node, ...place } = flag.place;
        context.report(node, 'version', { ...place, data: { flag: name, value: flag.value } });
      }
      const format = view.flag('audit-log-format');
      if (format?.value === 'legacy') {
        const { node, ...place } = format.place;
        context.report(node, 'legacy', { ...place, severity: 'low' });
      }
      for (const name of ['audit-log-mode', 'audit-webhook-mode']) {
        const flag = view.flag(name);
        if (flag?.value !== 'blocking-strict') continue;
        const { node, ...place } = flag.place;
        context.report(node, 'strict', { ...place, data: { flag: name }, severity: 'low', preset: 'all' });
      }
    }
  },
  docs: {
    why: 'A policy says what to record, a backend where to. With one of them alone the server starts, says a line in its log, and records nothing; benchmarks that look at one flag pass.',
    fix: 'Set both `--audit-policy-file` and `--audit-log-path` (or a webhook).',
    frameworks: { cis: ['1.2.16'], nsa: ['L1'], mitre: ['T1562.008'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-backends'],
    examples: {
      bad: [
        {
          title: 'a log without a policy',
          in: 'container',
          yaml: example('kube-apiserver', ['--audit-log-path=/var/log/kubernetes/audit.log # finding: policy']),
        },
        {
          title: 'a policy without a log',
          in: 'container',
          yaml: example('kube-apiserver', ['--audit-policy-file=/etc/kubernetes/audit.yaml # finding: backend']),
        },
        {
          title: 'an old version, an old format, a strict mode',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--audit-policy-file=/etc/kubernetes/audit.yaml',
            '--audit-log-path=/var/log/kubernetes/audit.log',
            '--audit-log-version=audit.k8s.io/v1beta1 # finding: version',
            '--audit-log-format=legacy # finding: legacy',
            '--audit-log-mode=blocking-strict # finding: strict',
          ]),
        },
      ],
      good: [
        {
          title: 'both',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--audit-policy-file=/etc/kubernetes/audit.yaml',
            '--audit-log-path=/var/log/kubernetes/audit.log',
          ]),
        },
      ],
    },
  },
});
