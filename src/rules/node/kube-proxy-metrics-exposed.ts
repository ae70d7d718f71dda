import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { hostOf, isLoopback } from '../../k8s/control-plane/values.ts';
import { componentsOf, example } from '../control-plane/_component.ts';

export default defineRule({
  id: 'kube-proxy-metrics-exposed',
  title: 'kube-proxy serves metrics on every interface',
  category: 'node',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { exposed: 'kube-proxy serves metrics{profiles} on {address}' },
  check(project, context) {
    for (const { root } of project.ofKind('KubeProxyConfiguration.kubeproxy.config.k8s.io')) {
      const node = root.get('metricsBindAddress');
      const address = node.string;
      if (address === undefined || address === '' || /[{$<]/.test(address) || isLoopback(hostOf(address))) continue;
      const profiles = root.get('enableProfiling').boolean === true ? ' and profiles' : '';
      const changes = [{ op: 'set', path: node.steps, value: '127.0.0.1:10249' }] as const;
      const fix = { title: 'Serve on the loopback address', safety: 'hardening', changes } as const;
      context.report(node, 'exposed', { data: { address, profiles }, fix });
    }
    for (const view of componentsOf(project, 'kube-proxy')) {
      const flag = view.flag('metrics-bind-address');
      // A configuration file makes kube-proxy ignore its flags.
      if (flag === undefined || !flag.known || flag.value === '' || view.has('config')) continue;
      if (isLoopback(hostOf(flag.value))) continue;
      const { node, ...place } = flag.place;
      const profiles = view.boolean('profiling', false) === true ? ' and profiles' : '';
      context.report(node, 'exposed', { ...place, data: { address: flag.value, profiles } });
    }
  },
  docs: {
    why: 'The port has no authentication. It tells whoever reaches it about the services of the cluster, and serves `/proxyMode` and, with profiling, memory of the process.',
    fix: 'Set `metricsBindAddress: 127.0.0.1:10249` (the default), and scrape through a proxy on the node.',
    frameworks: { cis: ['4.3.1'], nsa: ['N4'], mitre: ['T1613'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/'],
    limits: '`healthzBindAddress` is wide on purpose: load balancers ask it.',
    examples: {
      bad: [
        {
          title: 'for everyone',
          in: 'manifests',
          yaml: `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
metricsBindAddress: 0.0.0.0:10249 # finding: exposed`,
        },
        {
          title: 'by flag',
          in: 'container',
          yaml: example('kube-proxy', ["'--metrics-bind-address=[::]:10249' # finding: exposed"]),
        },
      ],
      good: [
        {
          title: 'for the node',
          in: 'manifests',
          yaml: `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
metricsBindAddress: 127.0.0.1:10249`,
        },
        {
          title: 'the default',
          in: 'manifests',
          yaml: `apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
metricsBindAddress: ""`,
        },
      ],
    },
  },
});
