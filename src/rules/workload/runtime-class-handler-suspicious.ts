import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { PLAIN_HANDLERS, soundsLikeSandbox } from '../../k8s/sandbox.ts';

export default defineRule({
  id: 'runtime-class-handler-suspicious',
  title: 'RuntimeClass promises a sandbox that its handler does not give',
  category: 'workload',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  kinds: ['RuntimeClass.node.k8s.io'],
  messages: {
    plain: 'RuntimeClass "{name}" uses handler "{handler}", an ordinary runtime that shares the kernel of the node',
    invalid: 'handler "{handler}" of RuntimeClass "{name}" is no DNS label, which the API server rejects',
  },
  check(runtimeClass, context) {
    const handler = runtimeClass.root.get('handler');
    const text = handler.string;
    const { name } = runtimeClass.head;
    if (text === undefined || isUnresolved(text)) return;
    if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text)) {
      context.report(handler, 'invalid', { data: { name, handler: text }, severity: 'medium' });
    } else if (PLAIN_HANDLERS.has(text) && soundsLikeSandbox(name)) {
      context.report(handler, 'plain', { data: { name, handler: text } });
    }
  },
  docs: {
    why: 'Pods that name this class are believed to be isolated from the node. With runc behind it they are not, and nobody is told.',
    fix: 'Name the handler of the sandbox, such as `runsc` or `kata-qemu`, as it is configured on the nodes.',
    frameworks: { mitre: ['T1611', 'T1036.005'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/containers/runtime-class/'],
    examples: {
      bad: [
        {
          title: 'gVisor by name alone',
          in: 'manifests',
          yaml: 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: gvisor\nhandler: runc # finding: plain',
        },
        {
          title: 'a handler that is no label',
          in: 'manifests',
          yaml: 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: kata\nhandler: Kata_Qemu # finding: invalid',
        },
      ],
      good: [
        {
          title: 'gVisor',
          in: 'manifests',
          yaml: 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: gvisor\nhandler: runsc',
        },
        {
          title: 'a class that promises nothing',
          in: 'manifests',
          yaml: 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: nvidia\nhandler: nvidia',
        },
      ],
    },
  },
});
