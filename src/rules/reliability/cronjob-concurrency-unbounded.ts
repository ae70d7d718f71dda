import { defineRule } from '../../engine/rule.ts';

export default defineRule({
  id: 'cronjob-concurrency-unbounded',
  title: 'CronJob that starts faster than it may end',
  category: 'reliability',
  severity: 'low',
  preset: 'all',
  on: 'resource',
  kinds: ['CronJob.batch'],
  messages: {
    unbounded:
      'CronJob "{name}" starts every {minutes} minute(s) whether or not the last run is done, without a deadline',
  },
  check(resource, context) {
    const spec = resource.root.at(['spec']);
    const policy = spec.at(['concurrencyPolicy']);
    if (policy.present && policy.string !== 'Allow') return;
    const minutes = interval(spec.at(['schedule']).string ?? '');
    if (minutes === undefined || minutes > 5) return;
    const job = spec.at(['jobTemplate', 'spec']);
    if (job.at(['activeDeadlineSeconds']).present || job.at(['template', 'spec', 'activeDeadlineSeconds']).present)
      return;
    context.report(policy, 'unbounded', { data: { name: resource.head.name, minutes } });
  },
  docs: {
    why: 'Runs that hang pile up until the namespace or the node is full.',
    fix: 'Set `concurrencyPolicy: Forbid` or `Replace`, or `activeDeadlineSeconds` on the Job.',
    frameworks: { mitre: ['T1053.007'] },
    references: ['https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#concurrency-policy'],
    examples: {
      bad: [
        {
          title: 'each minute',
          in: 'manifests',
          yaml: 'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: sync\nspec: # finding\n  schedule: "*/1 * * * *"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers:\n            - name: sync\n              image: registry.example.com/sync:1.0.0',
        },
      ],
      good: [
        {
          title: 'one at a time',
          in: 'manifests',
          yaml: 'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: sync\nspec:\n  schedule: "* * * * *"\n  concurrencyPolicy: Forbid\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers:\n            - name: sync\n              image: registry.example.com/sync:1.0.0',
        },
        {
          title: 'once a night',
          in: 'manifests',
          yaml: 'apiVersion: batch/v1\nkind: CronJob\nmetadata:\n  name: sync\nspec:\n  schedule: "0 3 * * *"\n  jobTemplate:\n    spec:\n      template:\n        spec:\n          restartPolicy: Never\n          containers:\n            - name: sync\n              image: registry.example.com/sync:1.0.0',
        },
      ],
    },
  },
});

/** How many minutes lie between two runs of a schedule that runs all day; undefined for any other. */
function interval(schedule: string): number | undefined {
  const [minute, hour] = schedule.trim().split(/\s+/);
  if (hour !== '*') return undefined;
  if (minute === '*') return 1;
  const step = /^(?:\*|0(?:-59)?)\/(\d{1,2})$/.exec(minute ?? '');
  return step === null ? undefined : Number(step[1]);
}
