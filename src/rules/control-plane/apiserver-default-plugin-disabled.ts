import type { Severity } from '../../engine/finding.ts';
import type { Project } from '../../engine/project.ts';
import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';
import { withoutWord } from './_plugin.ts';

export default defineRule({
  id: 'apiserver-default-plugin-disabled',
  title: 'Admission plugin that is on by default is disabled',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    disabled: 'admission plugin {plugin} is on by default and disabled here: {effect}',
    replaced: '--admission-control replaces the default plugins, and {plugins} are not among those it names',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver')) {
      for (const word of view.words('disable-admission-plugins')) {
        const entry = PLUGINS[word.text];
        if (entry === undefined) continue;
        const [severity, effect] = entry;
        const { node, ...place } = word.place;
        const changes = withoutWord(word);
        const fix =
          changes === undefined ? {} : { fix: { title: `Leave ${word.text} on`, safety: 'safe', changes } as const };
        const data = { plugin: word.text, effect };
        context.report(node, 'disabled', { ...place, data, severity: weigh(word.text, severity, project), ...fix });
      }
      const legacy = view.flag('admission-control');
      if (legacy === undefined || !view.knows('admission-control')) continue;
      const given = view.words('admission-control').map(({ text }) => text);
      const lost = Object.keys(PLUGINS).filter((name) => PLUGINS[name]![0] === 'high' && !given.includes(name));
      if (lost.length === 0) continue;
      const { node, ...place } = legacy.place;
      context.report(node, 'replaced', { ...place, data: { plugins: lost.join(', ') } });
    }
  },
  docs: {
    why: 'These plugins are the rules that everything else counts on: webhooks and policies are run by them, Pod Security is one of them, and certificate requests are guarded by them. Disabled, all the objects that they would enforce stay in the cluster and do nothing.',
    fix: 'Take the plugin out of `--disable-admission-plugins`.',
    frameworks: { cis: ['1.2.12', '1.2.13', '5.2.1'], nsa: ['N4'], mitre: ['T1562.001'] },
    equivalents: {
      trivy: ['KCV-0014', 'KCV-0015'],
      kubescape: ['C-0125', 'C-0126'],
      checkov: ['CKV_K8S_82', 'CKV_K8S_83'],
    },
    cks: 'Cluster Hardening',
    references: [
      'https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#which-plugins-are-enabled-by-default',
    ],
    examples: {
      bad: [
        {
          title: 'Pod Security switched off',
          in: 'container',
          yaml: example('kube-apiserver', ['--disable-admission-plugins=PodSecurity # finding: disabled']),
        },
        {
          title: 'the old flag',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--admission-control=NamespaceLifecycle,ServiceAccount,NodeRestriction # finding: replaced',
          ]),
        },
      ],
      good: [
        {
          title: 'a plugin that guards nothing',
          in: 'container',
          yaml: example('kube-apiserver', ['--disable-admission-plugins=DefaultTolerationSeconds']),
        },
      ],
    },
  },
});

const PLUGINS: Readonly<Record<string, readonly [severity: Severity, effect: string]>> = {
  PodSecurity: ['high', 'the Pod Security labels of namespaces have no effect'],
  ValidatingAdmissionWebhook: ['high', 'no validating webhook is called'],
  MutatingAdmissionWebhook: ['high', 'no mutating webhook is called'],
  ValidatingAdmissionPolicy: ['high', 'no ValidatingAdmissionPolicy is evaluated'],
  MutatingAdmissionPolicy: ['medium', 'no MutatingAdmissionPolicy is evaluated'],
  CertificateApproval: ['high', 'whoever may update a certificate request may approve it for any signer'],
  CertificateSigning: ['high', 'whoever may update a certificate request may sign it for any signer'],
  CertificateSubjectRestriction: ['high', 'certificates for the group system:masters may be requested'],
  NamespaceLifecycle: ['medium', 'objects can be made in namespaces that do not exist or are being deleted'],
  ServiceAccount: ['medium', 'pods get no service account, and what accounts may mount is not checked'],
  ResourceQuota: ['low', 'quotas have no effect'],
  LimitRanger: ['low', 'limit ranges have no effect'],
  RuntimeClass: ['low', 'the overhead of runtime classes is not set'],
  TaintNodesByCondition: ['low', 'new nodes take pods before they are ready'],
  Priority: ['low', 'priority classes have no effect'],
};

const ENGINES = /(?:^|\.)(?:kyverno\.io|gatekeeper\.sh|kubewarden\.io|policies\.kubewarden\.io)$/;

/** Another policy engine in the input takes over from Pod Security; quotas in the input make their plugin matter. */
function weigh(plugin: string, severity: Severity, project: Project): Severity {
  if (plugin === 'PodSecurity' && project.resources.some(({ head }) => ENGINES.test(head.group))) return 'low';
  if (plugin === 'ResourceQuota' && project.ofKind('ResourceQuota').length > 0) return 'medium';
  if (plugin === 'LimitRanger' && project.ofKind('LimitRange').length > 0) return 'medium';
  return severity;
}
