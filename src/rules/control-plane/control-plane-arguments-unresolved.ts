import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';

export default defineRule({
  id: 'control-plane-arguments-unresolved',
  title: 'Arguments come from a file that is not in the input',
  category: 'control-plane',
  severity: 'info',
  preset: 'strict',
  on: 'project',
  facts: [controlPlane],
  messages: {
    unknown:
      '{component} is also started with {variables}, which nothing in the input sets: these arguments were not judged',
  },
  check(project, context) {
    for (const { component, unresolved } of project.fact(controlPlane).components) {
      const first = unresolved[0];
      if (first === undefined) continue;
      const names = [...new Set(unresolved.map(({ name }) => `$${name}`))];
      const variables = names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : names[0]!;
      const { node, ...place } = first.place;
      context.report(node, 'unknown', { ...place, data: { component, variables } });
    }
  },
  docs: {
    why: 'A unit takes parts of its command line from files such as `/etc/default/kubelet`. What stands there may undo everything that the unit and the configuration file say; and a flag that is missing here may be set there, so that nothing is said about missing flags.',
    fix: 'Give the files that the `EnvironmentFile` lines name to the linter as well, under the paths that they have on the node or beside the unit: `kubesec-lint etc/systemd/system/kubelet.service.d/10-kubeadm.conf etc/default/kubelet var/lib/kubelet/kubeadm-flags.env`.',
    frameworks: {},
    cks: 'Cluster Setup',
    references: ['https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/kubelet-integration/'],
    examples: {
      bad: [
        {
          title: "kubeadm's drop-in alone",
          in: 'manifests',
          path: 'etc/systemd/system/kubelet.service.d/10-kubeadm.conf',
          yaml: `[Service]
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env
EnvironmentFile=-/etc/default/kubelet
ExecStart=
ExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_KUBEADM_ARGS $KUBELET_EXTRA_ARGS # finding`,
        },
      ],
      good: [
        {
          title: 'everything is in the unit',
          in: 'manifests',
          path: 'kubelet.service',
          yaml: `[Service]
Environment="KUBELET_CONFIG_ARGS=--config=/var/lib/kubelet/config.yaml"
ExecStart=/usr/bin/kubelet $KUBELET_CONFIG_ARGS $KUBELET_EXTRA_ARGS`,
        },
      ],
    },
  },
});
