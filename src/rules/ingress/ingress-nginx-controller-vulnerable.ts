import { defineRule } from '../../engine/rule.ts';

/** The last release of each line, and the first that is safe from the group of advisories of March 2025. */
const LAST_OF_LINE: Readonly<Record<string, number>> = { '1.13': 9, '1.14': 5, '1.15': 1 };

export default defineRule({
  id: 'ingress-nginx-controller-vulnerable',
  title: 'ingress-nginx controller is a vulnerable or retired release',
  category: 'ingress',
  severity: 'critical',
  preset: 'recommended',
  on: 'container',
  messages: {
    takeover:
      'ingress-nginx {version} is affected by CVE-2025-1974: any pod that reaches its admission port takes it over; fixed in 1.11.5 and 1.12.1',
    injection:
      'ingress-nginx {version} is affected by later injection flaws (CVE-2026-24512, CVE-2026-4342); fixed in {fixed}',
    retired: 'ingress-nginx was retired in March 2026: {version} gets no further security fixes',
  },
  check(container, context) {
    const image = container.node.get('image');
    const text = image.string;
    if (text === undefined || !text.includes('nginx')) return;
    const match =
      /(?:^|\/)(?:ingress-nginx\/controller(?:-chroot)?|nginx-ingress-controller(?:-\w+)?)(?::v?([\w.-]+))?(@sha256:\w+)?$/.exec(
        text,
      );
    if (match === null) return;
    const version = /^(\d+)\.(\d+)\.(\d+)/.exec(match[1] ?? '');
    if (version === null) {
      // What a digest or a floating tag stands for is not known; the project is retired in any case.
      context.report(image, 'retired', { data: { version: match[1] ?? 'this image' }, severity: 'medium' });
      return;
    }
    const [major, minor, patch] = [Number(version[1]), Number(version[2]), Number(version[3])];
    const shown = `${major}.${minor}.${patch}`;
    const beforeFix =
      major < 1 || (major === 1 && (minor < 11 || (minor === 11 && patch < 5) || (minor === 12 && patch === 0)));
    if (beforeFix) {
      context.report(image, 'takeover', { data: { version: shown } });
      return;
    }
    const last = LAST_OF_LINE[`${major}.${minor}`];
    const old = major === 1 && (minor < 13 || (last !== undefined && patch < last));
    if (old) {
      context.report(image, 'injection', {
        data: { version: shown, fixed: last === undefined ? '1.15.1' : `${major}.${minor}.${last}` },
        severity: 'high',
      });
    } else context.report(image, 'retired', { data: { version: shown }, severity: 'medium' });
  },
  docs: {
    why: 'The controller terminates the traffic of the whole cluster and may read every Secret. Before 1.11.5 and 1.12.1 any pod could run code in it through its admission webhook; later releases had further injections through Ingress objects. Since March 2026 nobody mends it.',
    fix: 'Move to a controller that is maintained, best with Gateway API; until then run 1.15.1 (or the last release of your line) and let only the API server reach the admission port.',
    frameworks: { nsa: ['N2', 'U1'], mitre: ['T1190', 'T1210'] },
    equivalents: { kubescape: ['C-0292'] },
    cks: 'Cluster Setup',
    references: [
      'https://kubernetes.io/blog/2025/11/11/ingress-nginx-retirement/',
      'https://github.com/kubernetes/kubernetes/issues/131009',
      'https://github.com/kubernetes/kubernetes/issues/136678',
    ],
    limits:
      'Of the community project alone; images of NGINX Inc. (nginx/nginx-ingress) are another product. Versions are those known in 2026. Patches that a distributor carried back under an old version are not seen.',
    examples: {
      bad: [
        {
          title: 'before the fix',
          in: 'container',
          yaml: 'image: registry.k8s.io/ingress-nginx/controller:v1.12.0 # finding: takeover',
        },
        {
          title: 'later flaws',
          in: 'container',
          yaml: 'image: registry.k8s.io/ingress-nginx/controller:v1.12.1 # finding: injection',
        },
        {
          title: 'the last release',
          in: 'container',
          yaml: 'image: registry.k8s.io/ingress-nginx/controller-chroot:v1.15.1 # finding: retired',
        },
      ],
      good: [
        { title: 'another controller', in: 'container', yaml: 'image: docker.io/envoyproxy/envoy:v1.36.0' },
        { title: 'the product of NGINX Inc.', in: 'container', yaml: 'image: docker.io/nginx/nginx-ingress:5.2.0' },
      ],
    },
  },
});
