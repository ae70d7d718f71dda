import { defineRule } from '../../engine/rule.ts';
import type { AnyNode } from '../../yaml/node.ts';

export default defineRule({
  id: 'gitops-insecure-setting',
  title: 'Insecure setting of Argo CD or Flux',
  category: 'supply-chain',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: [
    'AppProject.argoproj.io',
    'Application.argoproj.io',
    'ConfigMap',
    'Secret',
    'GitRepository.source.toolkit.fluxcd.io',
  ],
  messages: {
    setting: '{object}: {setting} {effect}',
  },
  check({ root, head, groupKind }, context) {
    const report: Report = (node, setting, effect, severity) => {
      const object = `${head.kind} "${head.name}"`;
      context.report(node, 'setting', { data: { object, setting, effect }, severity });
    };
    switch (groupKind) {
      case 'ConfigMap':
        if (head.name === 'argocd-rbac-cm' || head.name === 'argocd-cm' || head.name === 'argocd-cmd-params-cm') {
          checkArgo(root.get('data'), head.name, report);
        }
        return;
      case 'Secret': {
        const type = head.labels['argocd.argoproj.io/secret-type'];
        if (type !== 'repository' && type !== 'repo-creds') return;
        const data: AnyNode = root.get('stringData');
        for (const key of ['insecure', 'insecureIgnoreHostKey']) {
          const node: AnyNode = data.get(key);
          if (node.string === 'true') report(node, key, 'lets anyone answer for the repository', 'high');
        }
        return;
      }
      case 'AppProject.argoproj.io': {
        const spec: AnyNode = root.get('spec');
        const sources = spec.get('sourceRepos').strings.includes('*');
        const everywhere = (spec.get('destinations').items() as readonly AnyNode[]).some(
          (each) =>
            each.get('namespace').string === '*' && (each.get('server').string ?? each.get('name').string) === '*',
        );
        const kinds = (spec.get('clusterResourceWhitelist').items() as readonly AnyNode[]).some(
          (each) => each.get('group').string === '*' && each.get('kind').string === '*',
        );
        if (sources && everywhere && kinds) {
          report(
            spec.get('sourceRepos'),
            'sourceRepos *',
            'with every destination and kind lets any repository take the cluster',
            'high',
          );
        }
        return;
      }
      case 'Application.argoproj.io':
        for (const node of root.at(['spec', 'syncPolicy', 'syncOptions']).items() as readonly AnyNode[]) {
          if (node.string === 'Validate=false')
            report(node, 'Validate=false', 'applies objects without validation', 'medium');
        }
        return;
      default: {
        const url: AnyNode = root.at(['spec', 'url']);
        if (url.string?.startsWith('http://') === true) {
          report(url, 'url', 'is fetched without TLS: whoever is on the way decides what is applied', 'high');
        }
      }
    }
  },
  docs: {
    why: 'What a GitOps controller applies it applies with its own rights, as a rule those of cluster-admin: who can change its sources or log in to it has the cluster.',
    fix: 'Set `policy.default` to `role:readonly` or nothing, keep anonymous access off, and verify hosts and certificates of repositories.',
    frameworks: { nsa: ['U1'], mitre: ['T1195.002', 'T1078'] },
    cks: 'Supply Chain Security',
    references: [
      'https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/',
      'https://fluxcd.io/flux/components/source/gitrepositories/',
    ],
    limits: 'Crossplane, ApplicationSets and the Trivy operator are not looked at; `data` of Secrets is not decoded.',
    examples: {
      bad: [
        {
          title: 'Argo CD',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-rbac-cm
data:
  policy.default: role:admin # finding
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
data:
  users.anonymous.enabled: "true" # finding
  exec.enabled: "true" # finding
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cmd-params-cm
data:
  server.disable.auth: "true" # finding
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: all
spec:
  sourceRepos: ["*"] # finding
  destinations: [{ namespace: "*", server: "*" }]
  clusterResourceWhitelist: [{ group: "*", kind: "*" }]
---
apiVersion: v1
kind: Secret
metadata:
  name: repo
  labels: { argocd.argoproj.io/secret-type: repository }
stringData:
  insecureIgnoreHostKey: "true" # finding
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: web
spec:
  syncPolicy:
    syncOptions:
      - Validate=false # finding
---
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata:
  name: web
spec:
  url: http://git.example.com/web # finding`,
        },
      ],
      good: [
        {
          title: 'read only',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-rbac-cm
data:
  policy.default: role:readonly
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: team
spec:
  sourceRepos: ["*"]
  destinations: [{ namespace: team, server: https://kubernetes.default.svc }]`,
        },
      ],
    },
  },
});

type Report = (
  node: AnyNode,
  setting: string,
  effect: string,
  severity: 'low' | 'medium' | 'high' | 'critical',
) => void;

function checkArgo(data: AnyNode, name: string, report: Report): void {
  const flag = (key: string, effect: string, severity: 'low' | 'medium' | 'high' | 'critical') => {
    const node: AnyNode = data.get(key);
    if (node.string === 'true' || node.boolean === true) report(node, key, effect, severity);
  };
  if (name === 'argocd-rbac-cm') {
    const role: AnyNode = data.get('policy.default');
    if (role.string === 'role:admin') {
      report(role, 'policy.default role:admin', 'makes everybody who logs in an administrator', 'critical');
    }
    const policy: AnyNode = data.get('policy.csv');
    if (policy.string !== undefined && /^\s*g\s*,\s*"?\*"?\s*,\s*role:admin/m.test(policy.string)) {
      report(policy, 'policy.csv', 'makes everybody an administrator', 'high');
    }
  } else if (name === 'argocd-cm') {
    flag('users.anonymous.enabled', 'lets in who has not logged in', 'high');
    flag('exec.enabled', 'opens shells in pods from the web interface', 'medium');
  } else flag('server.disable.auth', 'makes everybody who reaches the server an administrator', 'critical');
}
