import { defineRule } from '../../engine/rule.ts';
import { validateLimitRange, validateResourceQuota } from '../../k8s/admission/validate-quota.ts';

export default defineRule({
  id: 'quota-limitrange-invalid',
  title: 'ResourceQuota or LimitRange that is refused or limits nothing',
  category: 'platform',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  kinds: ['ResourceQuota', 'LimitRange'],
  supersedes: ['schema-enum-invalid', 'schema-required-missing', 'schema-wrong-type'],
  messages: {
    refused: '{reason}; the API server refuses the object',
    ineffective: '{reason}',
  },
  check({ root, groupKind }, context) {
    const spec = root.get('spec');
    const faults = groupKind === 'ResourceQuota' ? validateResourceQuota(spec) : validateLimitRange(spec);
    for (const { node, reason, effect, atKey, key } of faults) {
      context.report(node, effect, {
        data: { reason },
        ...(atKey === true ? { atKey } : {}),
        ...(key === undefined || node.parent!.get(key).written
          ? {}
          : {
              fix: {
                title: `Rename to ${key}`,
                safety: 'safe',
                changes: [{ op: 'rename', path: node.steps, key }],
              },
            }),
      });
    }
  },
  docs: {
    why: 'A quota that the API server refuses, or that names what is never counted, leaves the namespace free to use the whole cluster.',
    fix: 'Correct the name or the order of the values: min ≤ defaultRequest ≤ default ≤ max.',
    frameworks: { nsa: ['N3'], mitre: ['T1496', 'T1499'] },
    cks: 'Minimize Microservice Vulnerabilities',
    references: [
      'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
      'https://kubernetes.io/docs/concepts/policy/limit-range/',
    ],
    limits: 'Whether the workloads of the namespace fit into the quota is told by `resource-quota-exceeded`.',
    examples: {
      bad: [
        {
          title: 'a quota with a slip',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ResourceQuota
metadata:
  name: team-a
spec:
  hard:
    limit.cpu: "4" # finding: refused
    pod: "10" # finding: refused
    requests.memory: 4Gi
    limits.nvidia.com/gpu: "1" # finding: ineffective
  scopes:
    - BestEffort # finding: refused
    - NotBestEffort # finding: refused
    - Terminated # finding: refused
---
apiVersion: v1
kind: ResourceQuota
metadata:
  name: empty
spec: # finding: ineffective
  scopeSelector:
    matchExpressions:
      - scopeName: PriorityClass
        operator: In # finding: refused`,
        },
        {
          title: 'limits in the wrong order',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: LimitRange
metadata:
  name: team-a
spec:
  limits:
    - type: Container
      min: { cpu: 100m }
      defaultRequest:
        cpu: 50m # finding: refused
        memory: 1Gi # finding: refused
      default:
        memory: 512Mi
      maxLimitRequestRatio:
        cpu: 500m # finding: refused
    - type: Pod
      default: { cpu: "1" } # finding: refused
    - type: PersistentVolumeClaim # finding: refused
    - type: container # finding: refused
---
apiVersion: v1
kind: LimitRange
metadata:
  name: empty
spec:
  limits: [] # finding: ineffective`,
        },
      ],
      good: [
        {
          title: 'in order',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: ResourceQuota
metadata:
  name: team-a
spec:
  hard:
    requests.cpu: "4"
    limits.memory: 8Gi
    count/deployments.apps: "10"
    requests.nvidia.com/gpu: "1"
    fast.storageclass.storage.k8s.io/requests.storage: 10Gi
    hugepages-2Mi: 1Gi
---
apiVersion: v1
kind: LimitRange
metadata:
  name: team-a
spec:
  limits:
    - type: Container
      min: { cpu: 100m }
      defaultRequest: { cpu: 100m, memory: 256Mi }
      default: { cpu: 500m, memory: 512Mi }
      max: { cpu: "1", memory: 1Gi }
    - type: PersistentVolumeClaim
      max: { storage: 10Gi }`,
        },
      ],
    },
  },
});
