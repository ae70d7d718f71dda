import { defineRule } from '../../engine/rule.ts';
import { PLUGIN_KINDS, validateEventRateLimit, validatePodSecurity } from '../../k8s/admission/validate-plugin.ts';
import { CONFIGURATION_KIND } from '../../k8s/pod-security/configuration.ts';
import { splitApiVersion } from '../../k8s/resource.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import type { AnyNode } from '../../yaml/node.ts';

const EVENT_RATE_LIMIT = 'Configuration.eventratelimit.admission.k8s.io';

export default defineRule({
  id: 'admission-config-invalid',
  title: 'API server refuses the configuration of an admission plugin',
  category: 'admission',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: [
    CONFIGURATION_KIND,
    EVENT_RATE_LIMIT,
    'AdmissionConfiguration.apiserver.config.k8s.io',
    'AdmissionConfiguration.apiserver.k8s.io',
  ],
  messages: {
    invalid: '{path} {reason}; kube-apiserver does not start',
    version: '{apiVersion} is not known to kube-apiserver: write {known}',
    deprecated: 'apiserver.k8s.io/v1alpha1 is the old version of apiserver.config.k8s.io/v1',
    kind: 'plugin {plugin} reads {kind}, not {given}; kube-apiserver does not start',
    both: 'plugin {plugin} has a configuration, so that its path is not read',
  },
  check({ root, head, groupKind }, context) {
    if (groupKind === CONFIGURATION_KIND || groupKind === EVENT_RATE_LIMIT) {
      const faults = groupKind === EVENT_RATE_LIMIT ? validateEventRateLimit(root) : validatePodSecurity(root);
      for (const { node, reason, atKey, key } of faults) {
        context.report(node, 'invalid', {
          data: { path: pathInWords(node.steps), reason },
          ...(atKey === true ? { atKey } : {}),
          ...(key === undefined || node.parent!.get(key).written
            ? {}
            : {
                fix: {
                  title: `Rename to ${key}`,
                  safety: 'safe',
                  changes: [{ op: 'rename', path: node.steps, key }],
                },
              }),
        });
      }
      const known = groupKind === EVENT_RATE_LIMIT ? ['v1alpha1'] : ['v1', 'v1beta1', 'v1alpha1'];
      if (!known.includes(head.version)) {
        context.report(root.get('apiVersion'), 'version', {
          data: { apiVersion: `${head.group}/${head.version}`, known: `${head.group}/${known[0]}` },
        });
      }
      return;
    }
    if (head.group === 'apiserver.k8s.io') {
      context.report(root.get('apiVersion'), 'deprecated', { severity: 'info', preset: 'strict' });
    } else if (head.version !== 'v1') {
      context.report(root.get('apiVersion'), 'version', {
        data: { apiVersion: `${head.group}/${head.version}`, known: 'apiserver.config.k8s.io/v1' },
      });
    }
    for (const entry of root.get('plugins').items() as readonly AnyNode[]) {
      const plugin = entry.get('name').string;
      const configuration: AnyNode = entry.get('configuration');
      if (plugin === undefined || !configuration.isMap) continue;
      const path: AnyNode = entry.get('path');
      if (path.present && path.string !== '') {
        context.report(path, 'both', { data: { plugin }, severity: 'medium' });
      }
      const wanted = PLUGIN_KINDS[plugin];
      const kind = configuration.get('kind').string;
      const apiVersion = configuration.get('apiVersion').string;
      if (wanted === undefined || kind === undefined || apiVersion === undefined) continue;
      const { group } = splitApiVersion(apiVersion);
      const oldWebhook =
        plugin.endsWith('Webhook') && group === 'apiserver.config.k8s.io' && kind === 'WebhookAdmission';
      if ((group === wanted[0] && kind === wanted[1]) || oldWebhook || (group === '' && plugin.endsWith('Webhook')))
        continue;
      const at = kind === wanted[1] ? 'apiVersion' : 'kind';
      context.report(configuration.get(at), 'kind', {
        data: { plugin, kind: `${wanted[0]} ${wanted[1]}`, given: `${group === '' ? 'v1' : group} ${kind}` },
      });
    }
  },
  docs: {
    why: 'The API server reads these files once, when it starts, and a fault keeps it down. The names of the fields for versions are `enforce-version` and so on, not `enforceVersion`.',
    fix: 'Correct the field.',
    frameworks: { cis: ['1.2.9'], nsa: ['N4'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-admission-controller/',
      'https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#eventratelimit',
    ],
    limits: 'The configuration of ResourceQuota and of the webhook plugins is held to its kind only.',
    examples: {
      bad: [
        {
          title: 'Pod Security',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    path: pod-security.yaml # finding: both
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults:
        enforce: Baseline # finding: invalid
        enforceVersion: latest # finding: invalid
        warn: restricted
        warn-version: "1.30" # finding: invalid
      exemptions:
        usernames: [admin, admin] # finding: invalid
        namespaces:
          - kube-* # finding: invalid
  - name: EventRateLimit
    configuration:
      apiVersion: v1
      kind: EventRateLimit # finding: kind`,
        },
        {
          title: 'limits of events, and old versions',
          in: 'manifests',
          yaml: `apiVersion: eventratelimit.admission.k8s.io/v1 # finding: version
kind: Configuration
limits:
  - type: namespace # finding: invalid
    qps: 50
    burst: 0 # finding: invalid
---
apiVersion: eventratelimit.admission.k8s.io/v1alpha1
kind: Configuration
limits: [] # finding: invalid
---
apiVersion: apiserver.k8s.io/v1alpha1 # finding: deprecated
kind: AdmissionConfiguration
plugins: []
---
apiVersion: apiserver.config.k8s.io/v1beta1 # finding: version
kind: AdmissionConfiguration
plugins: []`,
        },
      ],
      good: [
        {
          title: 'as the documentation has it',
          in: 'manifests',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    configuration:
      apiVersion: pod-security.admission.config.k8s.io/v1
      kind: PodSecurityConfiguration
      defaults: { enforce: baseline, enforce-version: latest, audit: restricted, audit-version: v1.30 }
      exemptions: { usernames: [], runtimeClasses: [], namespaces: [kube-system] }
  - name: EventRateLimit
    configuration:
      apiVersion: eventratelimit.admission.k8s.io/v1alpha1
      kind: Configuration
      limits: [{ type: Namespace, qps: 50, burst: 100, cacheSize: 2000 }]`,
        },
      ],
    },
  },
});
