import { defineRule } from '../../engine/rule.ts';
import { isKnown } from '../../k8s/control-plane/flags.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'apiserver-admission-plugin-unknown',
  title: 'Admission plugin that this release does not have',
  category: 'control-plane',
  severity: 'high',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  // A server that does not start admits nothing, with whatever plugins.
  supersedes: [
    'apiserver-node-restriction-missing',
    'apiserver-always-pull-images',
    'apiserver-event-rate-limit',
    'apiserver-service-external-ips',
    'apiserver-image-policy-webhook',
  ],
  messages: {
    unknown: 'kube-apiserver 1.{minor} has no admission plugin "{name}" and does not start{hint}',
    removed: 'admission plugin {name} was removed from kube-apiserver in 1.{removed}, so that 1.{minor} does not start',
    newer: 'admission plugin {name} came with kube-apiserver 1.{since}, so that 1.{minor} does not start',
  },
  check(project, context) {
    const { tables } = project.fact(controlPlane);
    for (const view of componentsOf(project, 'kube-apiserver')) {
      const minor = view.minor ?? context.minor;
      for (const flag of ['enable-admission-plugins', 'disable-admission-plugins', 'admission-control']) {
        for (const word of view.words(flag)) {
          const name = word.text;
          if (!isKnown(name)) continue;
          const { node, ...place } = word.place;
          const entry = tables.pluginEntry(name);
          const removed = entry?.removed ?? LONG_GONE[name];
          if (removed !== undefined && removed <= minor) {
            context.report(node, 'removed', { ...place, data: { name, removed, minor } });
          } else if (entry?.since !== undefined && entry.since > minor) {
            context.report(node, 'newer', { ...place, data: { name, since: entry.since, minor } });
          } else if (entry === undefined && removed === undefined) {
            const near =
              tables.nearestPlugin(name, minor) ?? sameLetters(name, (each) => tables.pluginEntry(each) !== undefined);
            const hint = near === undefined ? '' : `: did you mean ${near}?`;
            // Only case is a difference that leaves no doubt.
            const changes =
              near?.toLowerCase() === name.toLowerCase()
                ? word.flag.change(word.flag.value.replace(name, near))
                : undefined;
            const fix =
              changes === undefined ? {} : { fix: { title: `Write ${near}`, safety: 'safe', changes } as const };
            context.report(node, 'unknown', { ...place, data: { name, minor, hint }, ...fix });
          }
        }
      }
    }
  },
  docs: {
    why: 'Names of plugins are compared as they are, upper and lower case included, and one that is not known keeps the server from starting. Guides still recommend plugins that are gone: PodSecurityPolicy (1.25), SecurityContextDeny (1.30).',
    fix: 'Write the name as the list of the release has it, or take out what is gone: Pod Security replaces PodSecurityPolicy and SecurityContextDeny.',
    frameworks: { unmapped: 'the server does not start, which the benchmarks do not speak of' },
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/'],
    examples: {
      bad: [
        {
          title: 'a letter in the wrong case',
          in: 'container',
          yaml: example('kube-apiserver', ['--enable-admission-plugins=Noderestriction # finding: unknown']),
        },
        {
          title: 'a plugin that is gone',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--enable-admission-plugins=NodeRestriction,PodSecurityPolicy # finding: removed',
          ]),
        },
        {
          title: 'a plugin that came later',
          in: 'container',
          yaml: `name: kube-apiserver
image: registry.k8s.io/kube-apiserver:v1.27.3
command:
  - kube-apiserver
  - --disable-admission-plugins=PodTopologyLabels # finding: newer`,
        },
      ],
      good: [
        {
          title: 'known plugins',
          in: 'container',
          yaml: example('kube-apiserver', ['--enable-admission-plugins=NodeRestriction,EventRateLimit']),
        },
      ],
    },
  },
});

/** Gone before the oldest release in the tables. */
const LONG_GONE: Readonly<Record<string, number>> = {
  PodSecurityPolicy: 25,
  DenyEscalatingExec: 21,
  DenyExecOnPrivileged: 21,
  Initializers: 14,
};

/** Long names in another case are more than two letters away. */
function sameLetters(name: string, known: (name: string) => boolean): string | undefined {
  const upper = name.slice(0, 1).toUpperCase() + name.slice(1);
  return known(upper) ? upper : undefined;
}
