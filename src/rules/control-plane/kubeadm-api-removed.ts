import { defineRule } from '../../engine/rule.ts';
import { minorOf, parseVersion } from '../../k8s/version.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'kubeadm-api-removed',
  title: 'kubeadm no longer reads this configuration',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['*.kubeadm.k8s.io'],
  messages: {
    removed: 'kubeadm 1.{minor} does not read {apiVersion}: it was last read by 1.{last}',
    newer: 'kubeadm 1.{minor} does not read {apiVersion} yet',
    deprecated: '{apiVersion} is deprecated, and kubeadm reads it for the last time in 1.{last}',
    form: '{field} of {apiVersion} is a {wanted}, not a {given}: kubeadm cannot decode it',
  },
  check(resource, context) {
    const { root, head } = resource;
    const node: AnyNode = root.get('apiVersion');
    // The documents of a file are one configuration, and only one of them says for which release.
    const written = /^\s*["']?kubernetesVersion["']?\s*:\s*["']?(?:stable-|latest-)?(v?1\.\d+[\w.+-]*)/m.exec(
      root.document.file.text,
    );
    const own = parseVersion(written?.[1] ?? '');
    const minor = own === undefined ? context.minor : minorOf(own);
    const apiVersion = `kubeadm.k8s.io/${head.version}`;
    const last = LAST[head.version];
    if (last !== undefined && minor > last) context.report(node, 'removed', { data: { minor, apiVersion, last } });
    else if (last !== undefined && head.version === 'v1beta3' && minor >= 31) {
      context.report(node, 'deprecated', { data: { apiVersion, last }, severity: 'low', preset: 'strict' });
    } else if ((FIRST[head.version] ?? 0) > minor) context.report(node, 'newer', { data: { minor, apiVersion } });
    const lists = head.version === 'v1beta4' || head.version === 'v1';
    if (!lists && !/^v1beta[123]$/.test(head.version)) return;
    for (const path of EXTRA_ARGS) {
      const field: AnyNode = root.at(path);
      const given = field.isList ? 'list' : field.isMap ? 'mapping' : undefined;
      const wanted = lists ? 'list' : 'mapping';
      if (given === undefined || given === wanted) continue;
      context.report(field, 'form', { data: { field: path.join('.'), apiVersion, wanted, given } });
    }
  },
  docs: {
    why: 'kubeadm ends at a configuration that it cannot read: no init, no join, no upgrade. With `v1beta4` the extra arguments became lists of `name` and `value`; the old form in the new version is not decoded.',
    fix: 'Run `kubeadm config migrate --old-config old.yaml --new-config new.yaml` with a release that reads both.',
    frameworks: { unmapped: 'nothing is installed' },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/config-api/kubeadm-config.v1beta4/'],
    examples: {
      bad: [
        {
          title: 'a version that is gone',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta2 # finding: removed
kind: ClusterConfiguration
kubernetesVersion: v1.30.0`,
        },
        {
          title: 'a version that goes',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta3 # finding: deprecated
kind: ClusterConfiguration
kubernetesVersion: v1.33.0`,
        },
        {
          title: 'a mapping where there is a list',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.33.0
apiServer:
  extraArgs: # finding: form
    profiling: "false"`,
        },
        {
          title: 'a version that is still to come',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4 # finding: newer
kind: ClusterConfiguration
kubernetesVersion: v1.28.0`,
        },
      ],
      good: [
        {
          title: 'v1beta4',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.33.0
apiServer:
  extraArgs:
    - name: profiling
      value: "false"`,
        },
      ],
    },
  },
});

/** The last and the first minor release of kubeadm that reads a version. */
const LAST: Readonly<Record<string, number>> = {
  v1alpha1: 12,
  v1alpha2: 12,
  v1alpha3: 14,
  v1beta1: 21,
  v1beta2: 26,
  v1beta3: 36,
};
const FIRST: Readonly<Record<string, number>> = { v1beta3: 22, v1beta4: 31, v1: 37 };

const EXTRA_ARGS = [
  ['apiServer', 'extraArgs'],
  ['controllerManager', 'extraArgs'],
  ['scheduler', 'extraArgs'],
  ['etcd', 'local', 'extraArgs'],
  ['nodeRegistration', 'kubeletExtraArgs'],
];
