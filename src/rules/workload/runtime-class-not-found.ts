import { podRuntimesFact, runtimeClassesFact } from '../../engine/facts/runtime-classes.ts';
import { defineRule } from '../../engine/rule.ts';
import { isUnresolved } from '../../k8s/placeholder.ts';
import { nearest } from '../../text/nearest.ts';

interface Options {
  readonly knownRuntimeClasses: readonly string[];
}

export default defineRule({
  id: 'runtime-class-not-found',
  title: 'runtimeClassName refers to nothing',
  category: 'workload',
  severity: 'medium',
  preset: 'recommended',
  on: 'project',
  facts: [runtimeClassesFact, podRuntimesFact],
  messages: {
    unknown:
      'RuntimeClass "{name}" is not defined in the files given{closest}: a pod that names a missing class is rejected',
  },
  options: {
    defaults: { knownRuntimeClasses: [] } as Options,
    schema: {
      type: 'object',
      properties: { knownRuntimeClasses: { type: 'array', items: { type: 'string' } } },
      additionalProperties: false,
    },
  },
  check(project, context) {
    const { byName } = project.fact(runtimeClassesFact);
    const { knownRuntimeClasses } = context.options;
    // Where no class is known, they are defined elsewhere.
    const conclusive = byName.size > 0 || knownRuntimeClasses.length > 0;
    if (context.world === 'open' || (context.world === 'auto' && !conclusive)) return;
    const known = [...byName.keys(), ...knownRuntimeClasses];
    for (const { resource, pod, runtimeClassName } of project.fact(podRuntimesFact).pods) {
      if (runtimeClassName === undefined || runtimeClassName === '' || isUnresolved(runtimeClassName)) continue;
      if (known.includes(runtimeClassName)) continue;
      const closest = nearest(runtimeClassName, known);
      context.report(resource.pods[pod]!.spec.get('runtimeClassName'), 'unknown', {
        data: { name: runtimeClassName, closest: closest === undefined ? '' : `, did you mean "${closest}"` },
      });
    }
  },
  docs: {
    why: 'The API server rejects pods that name a RuntimeClass which is not there, so the workload never runs; and a class that is created later under that name decides, unseen, how isolated the pod is.',
    fix: 'Correct the name, add the RuntimeClass to the manifests, or list it in the option `knownRuntimeClasses` where it comes from elsewhere.',
    frameworks: {},
    cks: 'Minimize Microservice Vulnerabilities',
    references: ['https://kubernetes.io/docs/concepts/containers/runtime-class/'],
    limits:
      'Silent while no RuntimeClass is among the files, unless `--world closed` or the option says which there are.',
    examples: {
      bad: [
        {
          title: 'a typo',
          in: 'manifests',
          yaml: 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: gvisor\nhandler: runsc\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  runtimeClassName: gvsior # finding\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
      ],
      good: [
        {
          title: 'it is there',
          in: 'manifests',
          yaml: 'apiVersion: node.k8s.io/v1\nkind: RuntimeClass\nmetadata:\n  name: gvisor\nhandler: runsc\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  runtimeClassName: gvisor\n  containers:\n    - name: web\n      image: registry.example.com/web:1.0.0',
        },
        { title: 'classes are defined elsewhere', in: 'pod', yaml: 'runtimeClassName: gvisor' },
        {
          title: 'a class that the option names',
          in: 'pod',
          options: { knownRuntimeClasses: ['gvisor'] },
          yaml: 'runtimeClassName: gvisor',
        },
      ],
    },
  },
});
