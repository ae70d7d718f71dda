import { defineRule } from '../../engine/rule.ts';
import { isFault, parseImage } from '../../k8s/image.ts';
import { imagesOf } from '../../k8s/images.ts';

export default defineRule({
  id: 'image-reference-malformed',
  title: 'Image reference that a kubelet cannot pull',
  category: 'image',
  severity: 'high',
  preset: 'recommended',
  on: 'resource',
  supersedes: ['image-tag-mutable', 'image-not-pinned-by-digest', 'image-unqualified-name'],
  messages: { malformed: 'image "{image}" of {owner} is not a valid reference: {reason}' },
  check(resource, context) {
    for (const use of imagesOf(resource)) {
      const { image } = use;
      // An empty image is a field that is missing, which is for the schema to say.
      if (!isFault(image) || image.fault === 'empty') continue;
      const { node, text, owner } = use;
      const repaired = repair(text);
      const data = { image: text, owner, reason: image.reason };
      if (repaired === undefined) context.report(node, 'malformed', { data });
      else {
        context.report(node, 'malformed', {
          data,
          fix: {
            title: `Write "${repaired}"`,
            safety: 'safe',
            changes: [{ op: 'set', path: node.steps, value: repaired }],
          },
        });
      }
    }
  },
  docs: {
    why: 'The kubelet reads the reference by the grammar of the distribution project and refuses anything else: the container stays in InvalidImageName, and a rollout that replaced a working one stands still.',
    fix: 'Write `[registry/]repository[:tag][@sha256:digest]`: lower case repository, no scheme, no blanks, one tag.',
    frameworks: { unmapped: 'the reference cannot be pulled, so nothing is at stake but the deployment' },
    cks: 'Supply Chain Security',
    references: [
      'https://kubernetes.io/docs/concepts/containers/images/',
      'https://github.com/distribution/reference/blob/v0.6.0/reference.go',
    ],
    examples: {
      bad: [
        {
          title: 'upper case in the repository',
          in: 'container',
          yaml: 'image: registry.example.com/MyTeam/App:v1 # finding',
        },
        { title: 'a scheme in front', in: 'container', yaml: 'image: docker://registry.example.com/app:v1 # finding' },
        { title: 'two tags', in: 'container', yaml: 'image: registry.example.com/app:v1:v2 # finding' },
        {
          title: 'a digest that was cut',
          in: 'container',
          yaml: 'image: registry.example.com/app@sha256:0123456789abcdef # finding',
        },
        { title: 'a blank behind it', in: 'container', yaml: 'image: "registry.example.com/app:v1 " # finding' },
        {
          title: 'an image volume',
          in: 'pod',
          yaml: 'volumes:\n  - name: models\n    image:\n      reference: "registry.example.com/models:" # finding',
        },
      ],
      good: [
        { title: 'a tag', in: 'container', yaml: 'image: registry.example.com:5000/team/app_x--y:V1.0' },
        { title: 'a template is filled in later', in: 'container', yaml: 'image: "{{ .Values.image }}"' },
        { title: 'no image is a matter for the schema', in: 'container', yaml: 'image: ""' },
      ],
    },
  },
});

/** What it was meant to be, where that is beyond doubt. */
function repair(text: string): string | undefined {
  const repaired = text.trim().replace(/^(?:https?|docker|oci):\/\//, '');
  return repaired !== text && !isFault(parseImage(repaired)) ? repaired : undefined;
}
