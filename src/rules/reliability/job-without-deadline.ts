import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'job-without-deadline',
  title: 'Job without a deadline or an end to its remains',
  category: 'reliability',
  severity: 'info',
  preset: 'all',
  on: 'resource',
  kinds: ['Job.batch', 'CronJob.batch'],
  messages: {
    deadline: '{kind} "{name}" may run for ever: activeDeadlineSeconds is not set',
    remains: 'Job "{name}" stays when it is done: ttlSecondsAfterFinished is not set',
  },
  check(resource, context) {
    const { kind, name } = resource.head;
    const spec = resource.root.at(kind === 'Job' ? ['spec'] : ['spec', 'jobTemplate', 'spec']);
    const deadline = spec.at(['activeDeadlineSeconds']);
    const ofPod = spec.at(['template', 'spec', 'activeDeadlineSeconds']);
    if (!deadline.present && !ofPod.present) context.report(deadline, 'deadline', { data: { kind, name } });
    const ttl = spec.at(['ttlSecondsAfterFinished']);
    if (kind === 'Job' && !ttl.present) context.report(ttl, 'remains', { data: { name } });
  },
  docs: {
    why: 'A Job that hangs keeps its pod, its resources and its credentials for ever; one that is done keeps its pod until somebody cleans up.',
    fix: 'Set `activeDeadlineSeconds`, and `ttlSecondsAfterFinished` on a Job that no CronJob cleans up after.',
    frameworks: {},
    equivalents: { 'kube-linter': ['job-ttl-seconds-after-finished'], 'kube-score': ['cronjob-has-deadline'] },
    references: ['https://kubernetes.io/docs/concepts/workloads/controllers/job/#job-termination-and-cleanup'],
    examples: {
      bad: [
        {
          title: 'neither',
          in: 'manifests',
          yaml: 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: import\nspec: # finding: deadline, remains\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: import\n          image: registry.example.com/import:1.0.0',
        },
      ],
      good: [
        {
          title: 'both',
          in: 'manifests',
          yaml: 'apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: import\nspec:\n  activeDeadlineSeconds: 600\n  ttlSecondsAfterFinished: 3600\n  template:\n    spec:\n      restartPolicy: Never\n      containers:\n        - name: import\n          image: registry.example.com/import:1.0.0',
        },
      ],
    },
  },
});
