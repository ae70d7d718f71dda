import { defineRule } from '../../engine/rule.ts';
import { type Place, parseBool } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example } from './_component.ts';

export default defineRule({
  id: 'control-plane-risky-gates',
  title: 'Feature gate switches a protection off, or does not exist',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    off: 'feature gate {gate} is false: {effect}',
    all: 'feature gate {gate} is true: every {stage} feature of the release is on',
    kms: 'feature gate KMSv1 is true: KMS v1 encrypts with keys that are only wrapped, and is deprecated',
    locked: 'feature gate {gate} is locked to {value} in 1.{minor}, so {component} does not start',
    unknown: '{component} 1.{minor} has no feature gate {gate} and does not start{why}',
    runtime: '--runtime-config {pair} serves alpha APIs',
  },
  check(project, context) {
    const { components, kubelets, tables } = project.fact(controlPlane);
    const judge = (component: string, gate: string, on: boolean | undefined, minor: number, place: Place): void => {
      const { node, ...part } = place;
      const entry = tables.gateEntry(gate);
      const since = entry?.since ?? 0;
      const removed = entry?.removed ?? (Object.hasOwn(GONE, gate) ? GONE[gate] : undefined);
      if (removed !== undefined && removed <= minor && on !== undefined) {
        const why = `: it was removed in 1.${removed}`;
        context.report(node, 'unknown', { ...part, data: { component, minor, gate, why }, severity: 'high' });
        return;
      }
      if (entry !== undefined && on !== undefined) {
        if (entry.locked !== undefined && entry.locked <= minor && on !== entry.on) {
          const data = { component, minor, gate, value: String(entry.on) };
          context.report(node, 'locked', { ...part, data, severity: 'high' });
          return;
        }
      }
      if (gate === 'AllAlpha' && on === true) context.report(node, 'all', { ...part, data: { gate, stage: 'alpha' } });
      else if (gate === 'AllBeta' && on === true) {
        context.report(node, 'all', { ...part, data: { gate, stage: 'beta' }, severity: 'low', preset: 'all' });
      } else if (gate === 'KMSv1' && on === true)
        context.report(node, 'kms', { ...part, severity: 'low', preset: 'strict' });
      const effect = PROTECTIONS[gate];
      if (effect !== undefined && on === false && since <= minor)
        context.report(node, 'off', { ...part, data: { gate, effect } });
    };
    for (const view of components) {
      if (view.component === 'etcd') continue;
      const minor = view.minor ?? context.minor;
      for (const { text, place } of view.words('feature-gates')) {
        // A gate may be meant for one component: `kube:Gate=true`.
        const [gate, value] = text.slice(text.indexOf(':') + 1).split('=');
        judge(view.component, gate!.trim(), parseBool(value?.trim() ?? ''), minor, place);
      }
      if (view.component !== 'kube-apiserver') continue;
      for (const { text, place } of view.words('runtime-config')) {
        if (!/^(?:api\/all|api\/alpha)(?:=true)?$|\/v\d+alpha\d+(?:\/[a-z]+)?(?:=true)?$/.test(text)) continue;
        const { node, ...part } = place;
        context.report(node, 'runtime', { ...part, data: { pair: text }, severity: 'low', preset: 'strict' });
      }
    }
    for (const kubelet of kubelets) {
      for (const [gate, node] of kubelet.field(['featureGates'])?.entries() ?? []) {
        judge('kubelet', gate, node.boolean, kubelet.minor ?? context.minor, { node });
      }
    }
  },
  docs: {
    why: 'Some gates are protections that can be switched off; alpha features are neither finished nor reviewed. A gate that a release no longer has, or that is locked, keeps the component from starting.',
    fix: 'Drop the gate, or name the one feature that is wanted.',
    frameworks: { cis: ['1.3.6', '4.2.11'], nsa: ['N4'], mitre: ['T1562.001'] },
    equivalents: { trivy: ['KCV-0038'], kubescape: ['C-0149'], checkov: ['CKV_K8S_112'] },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/'],
    limits: 'Gates are asked from the components of 1.30 and 1.33 to 1.37. One that none of these has is left alone.',
    examples: {
      bad: [
        {
          title: 'every alpha feature, and a protection off',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--feature-gates=AllAlpha=true # finding: all',
            '--feature-gates=ServiceAccountTokenPodNodeInfo=false # finding: locked',
            '--runtime-config=api/all=true # finding: runtime',
          ]),
        },
        {
          title: 'serving certificates are not rotated',
          in: 'manifests',
          yaml: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
featureGates:
  RotateKubeletServerCertificate: false # finding: off`,
        },
        {
          title: 'a gate that is gone',
          in: 'container',
          yaml: example('kube-scheduler', ['--feature-gates=APIPriorityAndFairness=true # finding: unknown']),
        },
        {
          title: 'KMS v1, and every beta',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--feature-gates=KMSv1=true # finding: kms',
            '--feature-gates=AllBeta=true # finding: all',
          ]),
        },
      ],
      good: [
        {
          title: 'one feature',
          in: 'container',
          yaml: example('kube-apiserver', ['--feature-gates=MutatingAdmissionPolicy=true']),
        },
      ],
    },
  },
});

const PROTECTIONS: Readonly<Record<string, string>> = {
  RotateKubeletServerCertificate: 'serving certificates of kubelets are not renewed',
  BoundServiceAccountTokenVolume: 'tokens in pods never expire',
  LegacyServiceAccountTokenNoAutoGeneration: 'every service account gets a token that never expires',
  ServiceAccountTokenNodeBindingValidation: 'tokens outlive the node that they are bound to',
  ServiceAccountTokenPodNodeInfo: 'tokens do not say which node they were made for',
  AuthorizeNodeWithSelectors: 'a kubelet may list what belongs to other nodes',
  KubeletFineGrainedAuthz: 'reading metrics of a kubelet takes permission for everything it does',
  AnonymousAuthConfigurableEndpoints: 'anonymous access cannot be limited to paths',
  SeccompDefault: 'pods without a profile run unconfined',
  AppArmor: 'AppArmor profiles of pods have no effect',
  PodSecurity: 'the Pod Security labels of namespaces have no effect',
  ValidatingAdmissionPolicy: 'no ValidatingAdmissionPolicy is evaluated',
  PreventStaticPodAPIReferences: 'static pods may refer to secrets of the API',
  KubeletEnsureSecretPulledImages: 'a pod may use private images that others pulled',
};

/** Gates of the list above that went before the releases whose gates were asked for: their pages in the documentation. */
const GONE: Readonly<Record<string, number>> = {
  BoundServiceAccountTokenVolume: 24,
  LegacyServiceAccountTokenNoAutoGeneration: 29,
  PodSecurity: 28,
  SeccompDefault: 29,
};
