import { defineRule } from '../../engine/rule.ts';
import { CONFIGURATION_KIND, readPodSecurityConfiguration } from '../../k8s/pod-security/configuration.ts';

export default defineRule({
  id: 'pod-security-config-weak',
  title: 'Cluster-wide Pod Security defaults that enforce nothing',
  category: 'admission',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [CONFIGURATION_KIND],
  messages: {
    nothing: 'the cluster-wide defaults of Pod Security ask for nothing: namespaces without labels admit every pod',
    told: 'the cluster-wide defaults of Pod Security {verb} without enforcing: namespaces without labels admit every pod',
    pinned: '{key} pins the policy of {version}, which knows nothing of later checks',
  },
  check({ root }, context) {
    const configuration = readPodSecurityConfiguration(root);
    if (configuration === undefined) return;
    const { enforce, audit, warn } = configuration.defaults;
    const defaults = root.get('defaults');
    if (enforce.level === 'privileged') {
      const audits = audit.level !== 'privileged';
      const warns = warn.level !== 'privileged';
      const at = defaults.get('enforce');
      if (audits || warns) {
        const verb = audits && warns ? 'audit and warn' : audits ? 'audit' : 'warn';
        context.report(at, 'told', { data: { verb }, severity: 'low', preset: 'strict' });
      } else context.report(at, 'nothing');
    }
    for (const [mode, { level, version }] of Object.entries({ enforce, audit, warn })) {
      const key = `${mode}-version`;
      if (level === 'privileged' || version === 'latest' || version >= context.minor - 3) continue;
      context.report(defaults.get(key), 'pinned', {
        data: { key, version: `v1.${version}` },
        severity: 'low',
        preset: 'strict',
      });
    }
  },
  docs: {
    why: 'These defaults hold for every namespace without Pod Security labels, `default` and each new one among them. Without `enforce` such a namespace admits privileged pods.',
    fix: 'Set `enforce: baseline` (or `restricted`), and exempt the namespaces that need more, by name.',
    frameworks: { cis: ['5.2.1'], nsa: ['P4'], mitre: ['T1610'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/'],
    examples: {
      bad: [
        {
          title: 'no effect at all',
          in: 'manifests',
          yaml: `apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults:
  enforce: privileged # finding: nothing
  enforce-version: latest`,
        },
        {
          title: 'warns by an old policy',
          in: 'manifests',
          yaml: `apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: # finding: told
  warn: restricted
  warn-version: v1.25 # finding: pinned`,
        },
      ],
      good: [
        {
          title: 'enforces baseline',
          in: 'manifests',
          yaml: `apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults:
  enforce: baseline
  enforce-version: latest
  warn: restricted
  warn-version: latest`,
        },
      ],
    },
  },
});
