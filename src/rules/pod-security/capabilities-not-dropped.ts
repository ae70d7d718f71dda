import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { normalizeCapability } from '../../k8s/pod-security/capabilities.ts';
import { forLinux, isOpaque } from './_hardening.ts';

export default defineRule({
  id: 'capabilities-not-dropped',
  title: 'Default capabilities kept',
  category: 'pod-security',
  severity: 'low',
  preset: 'strict',
  expectedOfControlPlane: true,
  on: 'container',
  messages: {
    kept: 'container "{name}" keeps the default capabilities of the runtime: it does not drop ALL',
    partly: 'container "{name}" drops NET_RAW and keeps the other default capabilities: it does not drop ALL',
  },
  check(container, context) {
    const { securityContext } = container;
    const capabilities = securityContext.get('capabilities');
    const drop = capabilities.get('drop');
    const dropped = drop.strings;
    if (dropped.includes('ALL')) return;
    // A misspelt ALL is the matter of capability-name-malformed, a template that of whoever renders it.
    if (dropped.some((each) => normalizeCapability(each) === 'ALL' || isUnresolved(each))) return;
    if (isOpaque(securityContext) || isOpaque(capabilities) || (drop.present && !drop.isList)) return;
    if (container.privileged || !forLinux(container.pod)) return;
    const partly = dropped.length === 1 && dropped[0] === 'NET_RAW';
    context.report(drop, partly ? 'partly' : 'kept', {
      data: { name: container.name },
      severity: partly ? 'info' : 'low',
      atKey: true,
      fix: {
        title: 'Drop all capabilities',
        safety: 'hardening',
        changes: [{ op: 'set', path: drop.steps, value: ['ALL'] }],
      },
    });
  },
  docs: {
    why: 'Runtimes grant more than a dozen capabilities by default, NET_RAW and SETUID among them, and few programs need any. What is not there cannot be used by an attacker.',
    fix: 'Set `capabilities.drop: [ALL]` and add back what the program needs.',
    frameworks: { cis: ['5.2.8', '5.2.9'], nsa: ['P4'], pss: 'restricted' },
    equivalents: {
      'kube-linter': ['drop-net-raw-capability'],
      trivy: ['KSV-0003', 'KSV-0004', 'KSV-0106'],
      checkov: ['CKV_K8S_28', 'CKV_K8S_37'],
      polaris: ['insecureCapabilities'],
      kubeaudit: ['CapabilityShouldDropAll'],
    },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/security/pod-security-standards/'],
    examples: {
      bad: [
        {
          title: 'some dropped, and nothing said',
          in: 'pod',
          yaml: 'containers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      capabilities:\n        drop: [MKNOD] # finding: kept\n  - name: proxy # finding: kept\n    image: registry.example.com/proxy:1.0.0\n  - name: web\n    image: registry.example.com/web:1.0.0\n    securityContext:\n      capabilities:\n        drop: [NET_RAW] # finding: partly',
        },
      ],
      good: [
        {
          title: 'ALL dropped, one added back',
          in: 'pod',
          yaml: 'containers:\n  - name: api\n    image: registry.example.com/api:1.0.0\n    securityContext:\n      capabilities:\n        drop: [ALL]\n        add: [NET_BIND_SERVICE]',
        },
        { title: 'Windows has no capabilities', in: 'pod', yaml: 'nodeSelector:\n  kubernetes.io/os: windows' },
      ],
    },
  },
});
