import { defineRule } from '../../engine/rule.ts';
import { controlPlane } from '../../k8s/control-plane/inventory.ts';
import { clean, mountOf } from '../../k8s/control-plane/mounts.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { staticPod } from './_component.ts';
import { readsConfiguration } from './_files.ts';

export default defineRule({
  id: 'control-plane-config-mount-writable',
  title: 'Security configuration is mounted read-write',
  category: 'control-plane',
  severity: 'low',
  preset: 'strict',
  on: 'project',
  facts: [controlPlane],
  messages: {
    writable: 'mount "{mount}" lets {component} change the file of --{flag}',
    split: 'mount "{mount}" lets {component} change the file of --{flag}: the audit log needs a mount of its own',
  },
  check(project, context) {
    for (const view of project.fact(controlPlane).components) {
      const { component, mounts } = view;
      const seen = new Set<AnyNode>();
      const log = view.value('audit-log-path');
      const logMount = log === undefined ? undefined : mountOf(mounts, clean(log));
      for (const name of view.names) {
        const flag = readsConfiguration(name) ? view.flag(name) : undefined;
        if (flag === undefined || !flag.known || !flag.value.startsWith('/')) continue;
        const mount = mountOf(mounts, clean(flag.value));
        if (mount?.node === undefined || mount.readOnly || seen.has(mount.node)) continue;
        const { node } = mount;
        if (node.get('readOnly').present && node.get('readOnly').boolean === undefined) continue;
        seen.add(node);
        const data = { mount: mount.name, component, flag: name };
        if (logMount === mount) {
          context.report(node, 'split', { data });
          continue;
        }
        const changes = [{ op: 'set', path: [...node.steps, 'readOnly'], value: true }] as const;
        context.report(node, 'writable', { data, fix: { title: 'Mount it read-only', safety: 'safe', changes } });
      }
    }
  },
  docs: {
    why: 'The API server never writes these files. Mounted read-write, whoever breaks into the component can change who is let in and what is recorded, and it stays so after a restart.',
    fix: 'Set `readOnly: true` on the mount, and give the log a directory of its own.',
    frameworks: { cis: ['1.1.1'], nsa: ['N4'], mitre: ['T1562.001'] },
    cks: 'Monitoring, Logging and Runtime Security',
    references: ['https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#log-backend'],
    examples: {
      bad: [
        {
          title: 'policy and log in one directory',
          in: 'manifests',
          yaml: staticPod(
            [
              '--audit-policy-file=/etc/kubernetes/audit/policy.yaml',
              '--audit-log-path=/etc/kubernetes/audit/audit.log',
            ],
            `      volumeMounts:
        - name: audit # finding: split
          mountPath: /etc/kubernetes/audit
  volumes:
    - {name: audit, hostPath: {path: /etc/kubernetes/audit}}`,
          ),
        },
        {
          title: 'encryption keys',
          in: 'manifests',
          yaml: staticPod(
            ['--encryption-provider-config=/etc/kubernetes/enc/config.yaml'],
            `      volumeMounts:
        - name: enc # finding: writable
          mountPath: /etc/kubernetes/enc
  volumes:
    - {name: enc, hostPath: {path: /etc/kubernetes/enc}}`,
          ),
        },
      ],
      good: [
        {
          title: 'read-only',
          in: 'manifests',
          yaml: staticPod(
            ['--encryption-provider-config=/etc/kubernetes/enc/config.yaml'],
            `      volumeMounts:
        - {name: enc, mountPath: /etc/kubernetes/enc, readOnly: true}
  volumes:
    - {name: enc, hostPath: {path: /etc/kubernetes/enc}}`,
          ),
        },
      ],
    },
  },
});
