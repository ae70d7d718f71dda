import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { componentsOf, example } from './_component.ts';

export default defineRule({
  id: 'control-plane-profiling',
  title: 'Profiles of a component are served',
  category: 'control-plane',
  severity: 'low',
  preset: 'recommended',
  on: 'project',
  facts: [controlPlane],
  messages: {
    on: '{component} serves profiles at /debug/pprof: {name} is {value}',
    default: '{component} serves profiles at /debug/pprof, as it does without --profiling=false',
    contention: '{component} profiles lock contention: {name} is true',
  },
  check(project, context) {
    for (const view of componentsOf(project, 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler')) {
      const { component } = view;
      const flag = view.flag('profiling');
      if (view.boolean('profiling', true) === true) {
        if (flag === undefined) context.report(view.anchor, 'default', { data: { component }, preset: 'strict' });
        else {
          const { node, ...place } = flag.place;
          const changes = flag.change('false');
          const fix =
            changes === undefined ? {} : { fix: { title: 'Serve no profiles', safety: 'hardening', changes } as const };
          const data = { component, name: '--profiling', value: flag.value };
          context.report(node, 'on', { ...place, data, preset: 'strict', ...fix });
        }
      }
      const contention = view.flag('contention-profiling');
      if (contention === undefined || view.boolean('contention-profiling', false) !== true) continue;
      const { node, ...place } = contention.place;
      context.report(node, 'contention', { ...place, data: { component, name: '--contention-profiling' } });
    }
    for (const [kind, component, key] of FIELDS) {
      for (const { root } of project.ofKind(kind)) {
        const field = root.get(key);
        if (field.boolean !== true) continue;
        context.report(field, 'on', { data: { component, name: key, value: 'true' }, preset: 'strict' });
      }
    }
  },
  docs: {
    why: 'Profiles show what the component does and parts of its memory, and taking one costs processor time: reconnaissance and a way to slow the control plane down.',
    fix: 'Set `--profiling=false`, and switch it on for the time that you need it.',
    frameworks: { cis: ['1.2.15', '1.3.2', '1.4.1'], nsa: ['N4'], mitre: ['T1499'] },
    equivalents: {
      trivy: ['KCV-0018', 'KCV-0034', 'KCV-0040'],
      kubescape: ['C-0129', 'C-0145', 'C-0151'],
      checkov: ['CKV_K8S_90', 'CKV_K8S_107', 'CKV_K8S_114'],
    },
    cks: 'Cluster Hardening',
    references: ['https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/'],
    examples: {
      bad: [
        { title: 'the default', in: 'container', yaml: example('kube-scheduler', ['--leader-elect=true'], 'default') },
        {
          title: 'asked for',
          in: 'container',
          yaml: example('kube-apiserver', [
            '--profiling=true # finding: on',
            '--contention-profiling # finding: contention',
          ]),
        },
        {
          title: 'of the scheduler, in its file',
          in: 'manifests',
          yaml: `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
enableProfiling: true # finding: on`,
        },
      ],
      good: [
        { title: 'off', in: 'container', yaml: example('kube-apiserver', ['--profiling=false']) },
        {
          title: 'off in the file',
          in: 'manifests',
          yaml: `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
enableProfiling: false`,
        },
      ],
    },
  },
});

const FIELDS = [
  ['KubeSchedulerConfiguration.kubescheduler.config.k8s.io', 'kube-scheduler', 'enableProfiling'],
  ['KubeProxyConfiguration.kubeproxy.config.k8s.io', 'kube-proxy', 'enableProfiling'],
  ['KubeletConfiguration.kubelet.config.k8s.io', 'kubelet', 'enableProfilingHandler'],
] as const;
