import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { example, presetOf } from './_component.ts';

export default defineRule({
  id: 'control-plane-flag-value-lost',
  title: 'The value does not reach the flag',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  // What the flag is, or is not, follows from the argument that is wrong.
  supersedes: [
    'apiserver-anonymous-auth',
    'apiserver-service-account-lookup',
    'control-plane-profiling',
    'control-plane-flag-unknown',
    'controller-manager-sa-credentials',
    'etcd-client-tls',
    'etcd-peer-tls',
  ],
  messages: { lost: 'argument "{text}": {effect}' },
  check(project, context) {
    for (const view of project.fact(controlPlane).components) {
      for (const { flag, text, effect, place, fix } of view.faults) {
        const { node, ...part } = place;
        // Headers and tokens may be what is written there.
        const shown = /token|header|password/.test(flag) && !/file|config|ttl/.test(flag) ? `--${flag}=…` : text;
        const proposal =
          fix === undefined
            ? {}
            : {
                fix: {
                  title: `Write ${fix.value.split('=')[0]!} in one piece`,
                  safety: 'safe',
                  changes: [{ op: 'set', path: fix.node.steps, value: fix.value }],
                } as const,
              };
        context.report(node, 'lost', { ...part, ...presetOf(view), data: { text: shown, effect }, ...proposal });
      }
    }
  },
  docs: {
    why: 'The list item is one argument: nobody splits it at blanks, takes quotes away or joins it with the next. The flag looks set and is not, or the component does not start.',
    fix: 'Write one argument an item, name and value with `=` between them and without quotes inside: `- --anonymous-auth=false`.',
    frameworks: { unmapped: 'the benchmarks compare the text and take it for set' },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/',
      'https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/',
    ],
    examples: {
      bad: [
        {
          title: 'a boolean in two items',
          in: 'container',
          yaml: example('kube-apiserver', ['--anonymous-auth # finding', '"false"']),
        },
        {
          title: 'two flags in one item, and quotes inside',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--profiling=false --anonymous-auth=false # finding',
            '--audit-log-path="/var/log/audit.log" # finding',
          ]),
        },
        {
          title: 'a word that is no boolean, one dash, a colon',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--profiling=no # finding',
            '--authorization-mode Node,RBAC # finding',
            '-anonymous-auth=false # finding',
            '--service-account-lookup: true # finding',
          ]),
        },
        {
          title: 'loose words',
          in: 'container',
          yaml: example('kube-apiserver', ['anonymous-auth=false # finding']),
        },
      ],
      good: [
        {
          title: 'one argument an item',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--anonymous-auth=false',
            '--audit-log-path',
            '/var/log/audit.log',
            '"--enable-admission-plugins=NodeRestriction"',
          ]),
        },
        {
          title: 'a shell takes the quotes away',
          in: 'container',
          yaml: `name: kube-apiserver
image: registry.k8s.io/kube-apiserver:v1.37.0
command:
  - /bin/sh
  - -c
  - |
    exec kube-apiserver --audit-log-path="/var/log/audit.log" \\
      --anonymous-auth=false 1>>/var/log/kube-apiserver.log 2>&1`,
        },
      ],
    },
  },
});
