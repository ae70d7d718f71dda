import { defineRule, type FixProposal } from '../../engine/rule.ts';
import type { PodView } from '../../k8s/pod.ts';
import {
  isConfinedSeccomp,
  SECCOMP_CONTAINER_ANNOTATION_PREFIX,
  SECCOMP_POD_ANNOTATION,
} from '../../k8s/pod-security/checks/seccomp-profile-baseline.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap } from '../../yaml/value.ts';
import { removing } from './_hardening.ts';

export default defineRule({
  id: 'seccomp-annotation-ignored',
  title: 'Seccomp annotation that no longer works',
  category: 'pod-security',
  severity: 'medium',
  preset: 'recommended',
  on: 'pod',
  messages: {
    ignored: 'annotation {key} is ignored from Kubernetes 1.27 on; use securityContext.seccompProfile',
    deprecated:
      'annotation {key} is deprecated and ignored from Kubernetes 1.27 on; use securityContext.seccompProfile',
  },
  check(pod, context) {
    const annotations = pod.metadata.get('annotations');
    const { raw } = annotations;
    if (!isMap(raw)) return;
    for (const key of Object.keys(raw)) {
      if (key !== SECCOMP_POD_ANNOTATION && !key.startsWith(SECCOMP_CONTAINER_ANNOTATION_PREFIX)) continue;
      const node: AnyNode = annotations.get(key);
      const ignored = context.minor >= 27;
      context.report(node, ignored ? 'ignored' : 'deprecated', {
        data: { key },
        severity: ignored ? 'medium' : 'low',
        atKey: true,
        fix: fixOf(pod, key, node),
      });
    }
  },
  docs: {
    why: 'The alpha annotations of old are no longer read, so the author believes in a filter that is not there.',
    fix: 'Set `securityContext.seccompProfile` of the pod or the container and delete the annotation.',
    frameworks: { cis: ['5.6.2'], nsa: ['P6'], pss: 'baseline' },
    equivalents: { kubeaudit: ['SeccompDeprecatedAnnotations'] },
    cks: 'System Hardening',
    references: [
      'https://kubernetes.io/docs/tutorials/security/seccomp/',
      'https://kubernetes.io/docs/reference/labels-annotations-taints/',
    ],
    examples: {
      bad: [
        {
          title: 'for the pod',
          in: 'pod',
          yaml: 'metadata:\n  annotations:\n    seccomp.security.alpha.kubernetes.io/pod: runtime/default # finding: ignored',
        },
        {
          title: 'for a container of an older cluster',
          in: 'pod',
          since: '1.26',
          yaml: 'metadata:\n  annotations:\n    container.seccomp.security.alpha.kubernetes.io/app: localhost/app.json # finding: deprecated',
        },
      ],
      good: [
        {
          title: 'the field',
          in: 'pod',
          yaml: 'securityContext:\n  seccompProfile:\n    type: RuntimeDefault',
        },
      ],
    },
  },
});

/** Safe where a field confines already what the annotation speaks of; else the field is written from it. */
function fixOf(pod: PodView, key: string, node: AnyNode): FixProposal {
  const container = pod.containers.find(
    (each) => SECCOMP_CONTAINER_ANNOTATION_PREFIX + each.node.get('name').string === key,
  );
  const concerned = key === SECCOMP_POD_ANNOTATION ? pod.containers : container === undefined ? [] : [container];
  const confined = concerned.every((each) =>
    isConfinedSeccomp(each.effective('seccompProfile').get('type').string ?? ''),
  );
  const removal = removing(node);
  if (confined) return { title: 'Delete the annotation', safety: 'safe', changes: removal };
  const profile = fieldOf(node.string ?? '');
  if (profile === undefined) return { title: 'Delete the annotation', safety: 'hardening', changes: removal };
  const holder: AnyNode = container === undefined ? pod.securityContext : container.securityContext;
  const path = [...holder.steps, 'seccompProfile'];
  return {
    title: 'Write the field and delete the annotation',
    safety: 'hardening',
    changes: [{ op: 'set', path, value: profile }, ...removal],
  };
}

function fieldOf(annotation: string): { readonly type: string; readonly localhostProfile?: string } | undefined {
  if (annotation === 'runtime/default' || annotation === 'docker/default') return { type: 'RuntimeDefault' };
  const profile = annotation.startsWith('localhost/') ? annotation.slice('localhost/'.length) : '';
  return profile === '' ? undefined : { type: 'Localhost', localhostProfile: profile };
}
