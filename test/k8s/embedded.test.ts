import { expect, test } from 'vitest';
import { embeddedDocuments } from '../../src/k8s/embedded.ts';
import { podTemplates } from '../../src/k8s/kinds.ts';
import { readResources } from '../../src/k8s/read-resources.ts';
import { SourceFile } from '../../src/text/source-file.ts';
import type { Document } from '../../src/yaml/document.ts';
import { parse } from '../../src/yaml/parse.ts';

function embedded(text: string): readonly Document[] {
  const [document] = parse(new SourceFile('host.yaml', text));
  const [resource] = readResources(document!, podTemplates());
  return embeddedDocuments(resource!);
}

/** The line of the host that a node of an embedded document stands on, and the text there. */
function placeOf(document: Document, path: readonly (string | number)[]): readonly [number, string] {
  const { span } = document.root.at(path);
  const { origin } = document.file;
  const [file, start, end] =
    origin.kind === 'embedded'
      ? [origin.host, origin.toHost(span.start), origin.toHost(span.end)]
      : [document.file, span.start, span.end];
  return [file.position(start).line, file.text.slice(start, end)];
}

test('a kubelet configuration in a ConfigMap is read in place', () => {
  const [document, ...others] = embedded(`apiVersion: v1
kind: ConfigMap
metadata:
  name: kubelet-config
data:
  notes: "kind apiVersion"
  kubelet: |
    # kubeadm wrote this
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    readOnlyPort: 10255
`);
  expect(others).toEqual([]);
  expect(document!.root.at(['kind']).string).toBe('KubeletConfiguration');
  expect(placeOf(document!, ['readOnlyPort'])).toEqual([11, '10255']);
});

test('ordinary manifests, templates and broken text in a ConfigMap are left alone', () => {
  expect(
    embedded(`apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  pod: "{apiVersion: v1, kind: Pod}"
  template: |
    apiVersion: audit.k8s.io/v1
    kind: Policy
    rules: {{ .Rules }}
  broken: "apiVersion: audit.k8s.io/v1\\nkind: Policy\\n  rules: []"
`),
  ).toEqual([]);
});

test('the configuration of an admission plugin is a document over the same text', () => {
  const documents = embedded(`apiVersion: apiserver.config.k8s.io/v1
kind: AdmissionConfiguration
plugins:
- name: EventRateLimit
  path: eventconfig.yaml
- name: PodSecurity
  configuration:
    apiVersion: pod-security.admission.config.k8s.io/v1
    kind: PodSecurityConfiguration
    defaults: {enforce: baseline}
    exemptions:
      namespaces: [kube-system]
- name: ImagePolicyWebhook
  configuration:
    imagePolicy: {defaultAllow: true}
`);
  expect(documents.map(({ root }) => root.at(['kind']).string)).toEqual(['PodSecurityConfiguration', undefined]);
  expect(placeOf(documents[0]!, ['exemptions', 'namespaces', 0])).toEqual([12, 'kube-system']);
  expect(placeOf(documents[0]!, ['defaults', 'enforce'])).toEqual([10, 'baseline']);
  expect(placeOf(documents[1]!, ['imagePolicy', 'defaultAllow'])).toEqual([15, 'true']);
  // What is missing points at the key of the configuration's own fields, never outside.
  const missing = documents[0]!.root.at(['defaults', 'audit']).anchor;
  expect(documents[0]!.file.text.slice(missing.start, missing.end)).toBe('defaults');
});

test('files of a Cluster API control plane, static pods among them', () => {
  const documents = embedded(`apiVersion: controlplane.cluster.x-k8s.io/v1beta1
kind: KubeadmControlPlane
metadata: {name: cp}
spec:
  kubeadmConfigSpec:
    files:
    - path: /etc/kubernetes/audit/policy.yaml
      content: |
        apiVersion: audit.k8s.io/v1
        kind: Policy
        rules:
        - level: None
    - path: /etc/kubernetes/manifests/kube-vip.yaml
      content: "{apiVersion: v1, kind: Pod, spec: {hostNetwork: true}}"
    - path: /etc/hosts
      content: |
        127.0.0.1 localhost
    - path: /etc/policy.yaml
      encoding: base64
      content: YXBpVmVyc2lvbjog
`);
  expect(documents.map(({ root }) => root.at(['kind']).string)).toEqual(['Policy', 'Pod']);
  expect(placeOf(documents[0]!, ['rules', 0, 'level'])).toEqual([12, 'None']);
  expect(placeOf(documents[1]!, ['spec', 'hostNetwork'])).toEqual([14, 'true']);
});
