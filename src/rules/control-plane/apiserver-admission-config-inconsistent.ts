import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import type { Resource } from '../../k8s/resource.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-admission-config-inconsistent',
  title: 'Admission plugin and its configuration do not meet',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    'no-file':
      'admission plugin {plugin} is enabled without --admission-control-config-file, so kube-apiserver does not start',
    'no-entry': 'admission plugin {plugin} is enabled, and {file} says nothing about it',
    'not-enabled':
      'plugin {plugin} is configured here and not enabled in kube-apiserver: the configuration has no effect',
    twice: 'plugin {plugin} is configured twice',
    unknown: 'kube-apiserver has no admission plugin "{plugin}": this configuration has no effect{hint}',
  },
  check(project, context) {
    const { tables, fileOf } = project.fact(controlPlane);
    const configurations = KINDS.flatMap((kind) => project.ofKind(kind));
    for (const { root } of configurations) {
      const seen = new Set<string>();
      for (const entry of root.get('plugins').items() as readonly AnyNode[]) {
        const node: AnyNode = entry.get('name');
        const plugin = node.string;
        if (plugin === undefined) continue;
        if (seen.has(plugin)) context.report(node, 'twice', { data: { plugin } });
        seen.add(plugin);
        if (tables.hasFlagTable('kube-apiserver') && tables.pluginEntry(plugin) === undefined) {
          const near = tables.nearestPlugin(plugin, context.minor);
          context.report(node, 'unknown', {
            data: { plugin, hint: near === undefined ? '' : `: did you mean ${near}?` },
          });
        }
      }
    }
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const minor = view.minor ?? context.minor;
      const configuration = KINDS.map((kind) => fileOf(view, 'admission-control-config-file', kind)).find(
        (each) => each !== undefined,
      );
      const entries = configuration === undefined ? undefined : entriesOf(configuration);
      for (const plugin of CONFIGURED) {
        const enabled = view.plugin(plugin, minor);
        const word = view.words('enable-admission-plugins').find(({ text }) => text === plugin);
        const { node, ...place } = word?.place ?? { node: view.anchor };
        const entry = entries?.get(plugin);
        if (enabled === true && word !== undefined && entry === undefined) {
          if (view.lacks('admission-control-config-file'))
            context.report(node, 'no-file', { ...place, data: { plugin } });
          else if (configuration !== undefined) {
            const related = [{ at: configuration.root.get('plugins'), message: 'configured plugins' }];
            context.report(node, 'no-entry', { ...place, data: { plugin, file: configuration.head.file }, related });
          }
        } else if (enabled === false && entry !== undefined) {
          const at = view.flag('enable-admission-plugins')?.node ?? view.anchor;
          const related = [{ at, message: 'enabled plugins' }];
          context.report(entry, 'not-enabled', { data: { plugin }, severity: 'medium', related });
        }
      }
      const podSecurity = entries?.get('PodSecurity');
      if (podSecurity !== undefined && view.plugin('PodSecurity', minor) === false) {
        context.report(podSecurity, 'not-enabled', { data: { plugin: 'PodSecurity' } });
      }
    }
  },
  docs: {
    why: 'ImagePolicyWebhook and EventRateLimit need a configuration and are off by default: enabled without one, the API server does not start; configured without being enabled, the file looks like a guard and is none.',
    fix: 'Name the plugin in `--enable-admission-plugins`, configure it under `plugins` of an AdmissionConfiguration, and give that as `--admission-control-config-file`.',
    frameworks: { nsa: ['N4'], unmapped: 'the benchmarks look at the flag alone' },
    cks: 'Supply Chain Security',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#imagepolicywebhook'],
    examples: {
      bad: [
        {
          title: 'enabled without a file',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--enable-admission-plugins=NodeRestriction,ImagePolicyWebhook # finding: no-file',
          ]),
        },
        {
          title: 'configured and not enabled',
          in: 'manifests',
          path: 'admission.yaml',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: ImagePolicyWebhook # finding: not-enabled
    path: imagepolicy.yaml
---
apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.37.0
      command:
        - kube-apiserver
        - --enable-admission-plugins=NodeRestriction
        - --admission-control-config-file=/etc/kubernetes/admission.yaml`,
        },
        {
          title: 'enabled, and the file is about something else',
          in: 'manifests',
          path: 'admission.yaml',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: PodSecurity
    path: pod-security.yaml
  - name: PodSecurity # finding: twice
    path: pod-security.yaml
  - name: eventratelimit # finding: unknown
    path: limits.yaml
---
apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.37.0
      command:
        - kube-apiserver
        - --enable-admission-plugins=EventRateLimit # finding: no-entry
        - --admission-control-config-file=/etc/kubernetes/admission.yaml`,
        },
      ],
      good: [
        {
          title: 'enabled and configured',
          in: 'manifests',
          path: 'admission.yaml',
          yaml: `apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
  - name: ImagePolicyWebhook
    path: imagepolicy.yaml
---
apiVersion: v1
kind: Pod
metadata:
  name: kube-apiserver
  namespace: kube-system
spec:
  containers:
    - name: kube-apiserver
      image: registry.k8s.io/kube-apiserver:v1.37.0
      command:
        - kube-apiserver
        - --enable-admission-plugins=NodeRestriction,ImagePolicyWebhook
        - --admission-control-config-file=/etc/kubernetes/admission.yaml`,
        },
      ],
    },
  },
});

const KINDS = ['AdmissionConfiguration.apiserver.config.k8s.io', 'AdmissionConfiguration.apiserver.k8s.io'];

/** Plugins that are off by default and do nothing without a configuration. */
const CONFIGURED = ['ImagePolicyWebhook', 'EventRateLimit'];

function entriesOf(configuration: Resource): ReadonlyMap<string, AnyNode> {
  const entries = new Map<string, AnyNode>();
  for (const entry of configuration.root.get('plugins').items() as readonly AnyNode[]) {
    const name: AnyNode = entry.get('name');
    if (name.string !== undefined) entries.set(name.string, name);
  }
  return entries;
}
