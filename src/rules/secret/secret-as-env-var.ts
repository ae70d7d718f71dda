import { defineRule } from '../../engine/rule.ts';
import { isList, isMap } from '../../yaml/value.ts';

export default defineRule({
  id: 'secret-as-env-var',
  title: 'Secret passed by environment instead of a file',
  category: 'secret',
  severity: 'low',
  preset: 'strict',
  on: 'container',
  messages: {
    env: 'container "{name}" receives {count} Secret value(s) through environment variables ({variables}), which leak to child processes, crash dumps and logs',
  },
  check(container, context) {
    if (container.kind === 'init') return;
    const env = container.value['env'];
    if (!isList(env)) return;
    let first = -1;
    const variables: string[] = [];
    for (let index = 0; index < env.length; index++) {
      const variable = env[index];
      if (!isMap(variable) || !isMap(variable['valueFrom']) || !isMap(variable['valueFrom']['secretKeyRef'])) continue;
      if (first === -1) first = index;
      variables.push(typeof variable['name'] === 'string' ? variable['name'] : '?');
    }
    if (first === -1) return;
    const shown = variables.length > 4 ? [...variables.slice(0, 3), `${variables.length - 3} more`] : variables;
    context.report(container.node.at(['env', first, 'valueFrom', 'secretKeyRef']), 'env', {
      data: { name: container.name, count: variables.length, variables: shown.join(', ') },
      atKey: true,
    });
  },
  docs: {
    why: 'The environment of a process is inherited by every program it starts, is printed by debug pages and crash reports, and does not change when the Secret does.',
    fix: 'Mount the Secret as a volume and let the program read the file.',
    frameworks: { cis: ['5.4.1'], mitre: ['T1552.007'] },
    equivalents: { 'kube-linter': ['read-secret-from-env-var'], checkov: ['CKV_K8S_35'], kubescape: ['C-0207'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/configuration/secret/'],
    examples: {
      onlyIn: ['containers'],
      bad: [
        {
          title: 'a key of a Secret',
          in: 'container',
          yaml: 'env:\n  - name: MODE\n    value: production\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef: # finding\n        name: db\n        key: password\n  - name: API_KEY\n    valueFrom:\n      secretKeyRef:\n        name: api\n        key: key',
        },
      ],
      good: [
        {
          title: 'a volume',
          in: 'container',
          yaml: 'env:\n  - name: DB_PASSWORD_FILE\n    value: /run/secrets/db/password\nvolumeMounts:\n  - name: db\n    mountPath: /run/secrets/db',
        },
      ],
    },
  },
});
