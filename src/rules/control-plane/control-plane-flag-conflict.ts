import { defineRule } from '../../engine/rule.ts';
import type { ComponentView } from '../../k8s/control-plane/component-view.ts';
import type { Flag } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example, presetOf } from './_component.ts';

export default defineRule({
  id: 'control-plane-flag-conflict',
  title: 'Flags that exclude each other, or one flag with two values',
  category: 'control-plane',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    twice: '--{flag} is given twice, as "{first}" and as "{last}": the last one counts',
    excludes: '{flags}: {consequence}',
  },
  check(project, context) {
    const { components, tables, fileOf } = project.fact(controlPlane);
    for (const view of components) {
      for (const name of view.names) {
        const flags = view.all(name);
        if (flags.length < 2 || ADDING.test(name)) continue;
        const type = tables.flagEntry(view.component, name)?.type;
        if (type === 'list' || type === 'array') continue;
        const last = flags.at(-1)!;
        const other = flags.find(({ value, known }) => known && value !== last.value);
        if (other === undefined || !last.known) continue;
        const { node, ...place } = last.item;
        const related = [{ at: other.node, message: 'the value that is lost' }];
        const data = { flag: name, first: other.value, last: last.value };
        context.report(node, 'twice', { ...place, ...presetOf(view), data, related });
      }
      if (view.component !== 'kube-apiserver') continue;
      const report = (at: Flag, flags: readonly string[], consequence: string, with_?: Flag): void => {
        const { node, ...place } = at.origin === 'kubeadm' ? { node: view.anchor } : at.place;
        const related =
          with_ === undefined || with_.origin === 'kubeadm' ? [] : [{ at: with_.node, message: 'the other flag' }];
        const data = { flags: flags.map((flag) => `--${flag}`).join(' and '), consequence };
        context.report(node, 'excludes', { ...place, data, related, severity: 'high' });
      };
      exclusions(view, report);
      const file = fileOf(view, 'authentication-config', 'AuthenticationConfiguration.apiserver.config.k8s.io');
      const anonymous = view.flag('anonymous-auth');
      if (anonymous !== undefined && file?.root.at(['anonymous']).present === true) {
        const flags = ['anonymous-auth', 'authentication-config'];
        report(anonymous, flags, `the file speaks of anonymous requests too, and ${STOPS}`);
      }
    }
  },
  docs: {
    why: 'Of a flag with two values the first is silently lost, and it is often the one that protects. Flags that exclude each other keep the API server from starting.',
    fix: 'Keep one of them.',
    frameworks: { unmapped: 'the benchmarks look at one flag at a time' },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/',
      'https://kubernetes.io/docs/reference/access-authn-authz/authorization/',
    ],
    examples: {
      bad: [
        {
          title: 'the later one wins',
          in: 'container',
          yaml: example('kube-apiserver', ['--profiling=false', '--profiling=true # finding: twice']),
        },
        {
          title: 'enabled and disabled',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--enable-admission-plugins=NodeRestriction,PodSecurity',
            '--disable-admission-plugins=PodSecurity # finding: excludes',
          ]),
        },
        {
          title: 'a file and modes',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--authorization-mode=Node,RBAC',
            '--authorization-config=/etc/kubernetes/authz.yaml # finding: excludes',
          ]),
        },
        {
          title: 'a policy that no mode asks for',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--authorization-mode=Node,RBAC,Webhook,RBAC # finding: excludes, excludes',
            '--authorization-policy-file=/etc/kubernetes/abac.jsonl # finding: excludes',
          ]),
        },
      ],
      good: [
        {
          title: 'lists add up',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--enable-admission-plugins=NodeRestriction',
            '--enable-admission-plugins=EventRateLimit',
            '--feature-gates=KMSv1=true',
            '--feature-gates=AllAlpha=false',
          ]),
        },
      ],
    },
  },
});

/** Maps and lists, of which every occurrence counts. */
const ADDING =
  /^(?:feature-gates|runtime-config|tls-sni-cert-key|oidc-required-claim|allow-metric-labels|node-labels|vmodule|(?:system|kube)-reserved|reserved-memory|eviction-[a-z-]+|qos-reserved|[a-z-]+-policy-options|register-with-taints|v)$/;

const STOPS = 'kube-apiserver does not start';

type Report = (at: Flag, flags: readonly string[], consequence: string, other?: Flag) => void;

/** What the API server refuses: pkg/kubeapiserver/options of kubernetes/kubernetes. */
function exclusions(view: ComponentView, report: Report): void {
  const own = (name: string): Flag | undefined => {
    const flag = view.flag(name);
    return flag === undefined || flag.value === '' ? undefined : flag;
  };
  const [legacy, enable, disable] = ['admission-control', 'enable-admission-plugins', 'disable-admission-plugins'].map(
    own,
  );
  if (legacy !== undefined) {
    const other = enable ?? disable;
    if (other !== undefined)
      report(other, ['admission-control', other.name], `they exclude each other, and ${STOPS}`, legacy);
  } else if (enable !== undefined && disable !== undefined) {
    const disabled = view.words('disable-admission-plugins').map(({ text }) => text);
    const both = view.words('enable-admission-plugins').find(({ text }) => disabled.includes(text));
    if (both !== undefined) {
      const fact = `${both.text} is in both, and ${STOPS}`;
      report(disable, ['enable-admission-plugins', 'disable-admission-plugins'], fact, enable);
    }
  }
  const file = own('authorization-config');
  const mode = own('authorization-mode');
  if (file !== undefined) {
    const other = mode ?? [...view.names].filter((name) => name.startsWith('authorization-webhook-')).map(own)[0];
    if (other !== undefined)
      report(file, ['authorization-config', other.name], `they exclude each other, and ${STOPS}`, other);
  } else if (mode !== undefined && view.knows('authorization-mode')) {
    const modes = view.words('authorization-mode').map(({ text }) => text);
    const repeated = modes.find((each, index) => modes.indexOf(each) < index);
    if (repeated !== undefined) report(mode, ['authorization-mode'], `${repeated} is listed twice, and ${STOPS}`);
    for (const [name, needs] of [
      ['authorization-policy-file', 'ABAC'],
      ['authorization-webhook-config-file', 'Webhook'],
    ] as const) {
      const given = own(name);
      const wanted = modes.includes(needs);
      if (given !== undefined && !wanted) {
        report(given, [name], `${needs} is not among the authorization modes, and ${STOPS}`, mode);
      } else if (given === undefined && wanted && view.complete) {
        report(mode, ['authorization-mode'], `${needs} needs --${name}, and ${STOPS}`);
      }
    }
  }
  const signing = own('service-account-signing-endpoint');
  const key = own('service-account-key-file') ?? own('service-account-signing-key-file');
  if (signing !== undefined && key !== undefined && key.origin !== 'kubeadm') {
    report(signing, [signing.name, key.name], `they exclude each other, and ${STOPS}`, key);
  }
  const oidc = [...view.names].filter((name) => name.startsWith('oidc-')).map(own)[0];
  const authentication = own('authentication-config');
  if (oidc === undefined) return;
  if (authentication !== undefined) {
    report(oidc, [oidc.name, 'authentication-config'], `they exclude each other, and ${STOPS}`, authentication);
  } else if (view.complete && !(view.sets('oidc-issuer-url') && view.sets('oidc-client-id'))) {
    report(oidc, [oidc.name], `it needs both --oidc-issuer-url and --oidc-client-id, and ${STOPS}`);
  }
}
