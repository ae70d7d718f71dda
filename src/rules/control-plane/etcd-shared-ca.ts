import { defineRule } from '../../engine/rule.ts';
import type { ComponentView } from '../../k8s/control-plane/component-view.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { hostPathOf } from '../../k8s/control-plane/mounts.ts';
import { componentsOf, example, presetOf } from './_component.ts';

export default defineRule({
  id: 'etcd-shared-ca',
  title: 'etcd trusts the authority of all clients of the cluster',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: { shared: 'etcd trusts {ca}, the authority that also signs certificates of users and kubelets' },
  check(project, context) {
    const clients = componentsOf(project, 'kube-apiserver').flatMap((view) => {
      const flag = view.flag('client-ca-file');
      if (flag?.known !== true || flag.value === '') return [];
      return [{ path: hostPathOf(view.mounts, flag.value), folder: folderOf(view), flag }];
    });
    for (const view of componentsOf(project, 'etcd')) {
      const flag = view.flag('trusted-ca-file');
      if (flag === undefined || !flag.known || flag.value === '') continue;
      const path = hostPathOf(view.mounts, flag.value);
      // An input may hold the files of several clusters; those of one lie together.
      const same = clients.find((each) => each.path === path && each.folder === folderOf(view));
      if (same === undefined && path !== '/etc/kubernetes/pki/ca.crt') continue;
      const { node, ...place } = flag.place;
      const related = same === undefined ? [] : [{ at: same.flag.node, message: 'the authority of clients' }];
      context.report(node, 'shared', { ...place, ...presetOf(view), data: { ca: flag.value }, related });
    }
  },
  docs: {
    why: 'etcd does not ask who a client is, only whether its certificate is signed. With a shared authority every user certificate and every kubelet opens the store of the whole cluster, past RBAC.',
    fix: 'Give etcd an authority of its own, as kubeadm does with `/etc/kubernetes/pki/etcd/ca.crt`.',
    frameworks: { cis: ['2.7'], nsa: ['N5'], mitre: ['T1078'] },
    equivalents: { trivy: ['KCV-0048'], kubescape: ['C-0159'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/setup/best-practices/certificates/'],
    examples: {
      bad: [
        {
          title: 'the authority of the cluster',
          in: 'container',
          yaml: example('etcd', ['--trusted-ca-file=/etc/kubernetes/pki/ca.crt # finding: shared']),
        },
      ],
      good: [
        {
          title: 'one of its own',
          in: 'container',
          yaml: example('etcd', ['--trusted-ca-file=/etc/kubernetes/pki/etcd/ca.crt']),
        },
      ],
    },
  },
});

function folderOf({ resource }: ComponentView): string {
  const { file } = resource.head;
  return file.slice(0, file.lastIndexOf('/') + 1);
}
