import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from '../control-plane/_component.ts';

export default defineRule({
  id: 'apiserver-secrets-not-encrypted',
  title: 'Secrets are stored in clear text',
  category: 'encryption',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    missing: 'kube-apiserver has no --encryption-provider-config: secrets stand in etcd and its backups in clear text',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      if (
        view.complete &&
        !view.sets('encryption-provider-config') &&
        !view.sets('experimental-encryption-provider-config')
      ) {
        context.report(view.anchor, 'missing');
      }
    }
  },
  docs: {
    why: 'base64 is no encryption: whoever reads a disk, a snapshot or a backup of etcd has every secret of the cluster, past RBAC and without a trace in the audit log.',
    fix: 'Write an EncryptionConfiguration, mount it, name it with `--encryption-provider-config`, and then write all secrets again: `kubectl get secrets -A -o json | kubectl replace -f -`.',
    frameworks: { cis: ['1.2.27'], nsa: ['N7'], mitre: ['T1552.007'] },
    equivalents: { trivy: ['KCV-0030'], kubescape: ['C-0066', 'C-0141'], checkov: ['CKV_K8S_104'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/tasks/administer-cluster/encrypt-data/'],
    limits: 'k3s and rke2 have switches of their own and no static pod; managed control planes are not in the input.',
    examples: {
      bad: [
        {
          title: 'no configuration',
          in: 'container',
          yaml: example('kube-apiserver', ['--authorization-mode=Node,RBAC'], 'missing'),
        },
        {
          title: 'a kubeadm file',
          in: 'manifests',
          yaml: `apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer:
  extraArgs: # finding: missing
    - name: profiling
      value: "false"`,
        },
      ],
      good: [
        {
          title: 'a configuration',
          in: 'container',
          yaml: example('kube-apiserver', ['--encryption-provider-config=/etc/kubernetes/enc/config.yaml']),
        },
      ],
    },
  },
});
