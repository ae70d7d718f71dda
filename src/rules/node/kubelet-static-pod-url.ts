import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from '../control-plane/_component.ts';
import { kubeletsOf } from './_kubelet.ts';

export default defineRule({
  id: 'kubelet-static-pod-url',
  title: 'Static pods are fetched over the network',
  category: 'node',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    plain: 'static pods are fetched from "{url}" without TLS: whoever answers controls the node',
    remote: 'static pods are fetched from "{url}": whoever answers controls the node',
    header: 'a credential for fetching static pods stands in the file: header {name}',
  },
  check(project, context) {
    for (const kubelet of kubeletsOf(project)) {
      const setting = kubelet.setting('staticPodURL');
      const url = setting.value;
      if (typeof url === 'string' && url !== '') {
        const { node, ...place } = setting.place;
        if (url.startsWith('http://')) context.report(node, 'plain', { ...place, data: { url } });
        else context.report(node, 'remote', { ...place, data: { url }, severity: 'low', preset: 'strict' });
      }
      for (const [name, values] of kubelet.field(['staticPodURLHeader'])?.entries() ?? []) {
        if (!/^(?:proxy-)?authorization$|token|key|secret/i.test(name)) continue;
        const literal = values.items().find((each) => each.string !== undefined && !/[{$<]/.test(each.string));
        if (literal !== undefined) context.report(values, 'header', { data: { name }, severity: 'medium' });
      }
    }
  },
  docs: {
    why: 'The kubelet runs what it is given there, privileged and on the network of the node, and no admission looks at it. Without TLS everyone on the way may answer.',
    fix: 'Use files in `staticPodPath`.',
    frameworks: { nsa: ['N4'], mitre: ['T1610', 'T1543.005'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/tasks/configure-pod-container/static-pod/#pods-created-via-http'],
    examples: {
      bad: [
        {
          title: 'plain HTTP, with a token',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
staticPodURL: http://boot.example.com/pods.yaml # finding: plain
staticPodURLHeader:
  Authorization: [Bearer 5f2b9c] # finding: header`,
        },
        {
          title: 'by flag',
          in: 'container',
          yaml: example('kubelet', ['--manifest-url=https://boot.example.com/pods.yaml # finding: remote']),
        },
      ],
      good: [
        {
          title: 'a folder',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
staticPodPath: /etc/kubernetes/manifests`,
        },
      ],
    },
  },
});
