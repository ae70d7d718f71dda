import type { AnyNode } from '../yaml/node.ts';
import { partOf, type Word } from './command.ts';
import type { ContainerView } from './container.ts';
import { literalVariables } from './env.ts';
import { baseName, isFault } from './image.ts';

/** What makes an add-on of the cluster dangerous for whoever runs it. */
export interface AddonDanger {
  /** One sentence without a full stop. */
  readonly fact: string;
  readonly node: AnyNode;
  readonly part?: { readonly start: number; readonly end: number };
  readonly severity: 'low' | 'medium' | 'high' | 'critical';
  /** Where it is often so on purpose. */
  readonly preset?: 'strict';
}

/** Known by the last part of the image, and by what it is started with. */
export function addonDangers(container: ContainerView): readonly AddonDanger[] {
  const { image } = container;
  if (image === undefined || isFault(image)) return [];
  const program = baseName(image);
  const { path, tag } = image;
  const node: AnyNode = container.node.get('image');
  const words = container.commands.flatMap((command) => (command.source === 'command' ? command.words : []));
  if (program === 'tiller') return [tiller(container, node, words)];
  if (program === 'etcdkeeper' || program === 'etcd-browser' || program === 'etcdbrowser') {
    const fact = `${program} shows and changes what is in etcd for whoever reaches its page, which has no login`;
    return [{ fact, node, severity: 'medium' }];
  }
  if (path.endsWith('weaveworks/scope')) {
    if (words.some(({ text }) => /^--(?:mode=app|(?:probe\.)?no-controls(?:=true)?)$/.test(text))) return [];
    const ofCluster = words.some(({ text }) => text === '--probe.kubernetes.role=cluster');
    const what = ofCluster ? 'logs, scaling and deletion of workloads' : 'a shell in every container';
    const fact = `Weave Scope offers ${what} to whoever reaches its page, which has no login`;
    return [{ fact, node, severity: 'high' }];
  }
  const dangers: AddonDanger[] = [];
  const isDashboard =
    /^(?:kubernetes-)?dashboard(?:-[a-z0-9]+)?$/.test(program) && /kube|k8s/.test(`${image.domain}/${path}`);
  if (isDashboard && tag !== undefined && /^v?1\.(?:\d|10\.0)(?!\d)/.test(tag)) {
    dangers.push({ fact: `dashboard ${tag} shows secrets without a login (CVE-2018-18264)`, node, severity: 'high' });
  }
  const addon = isDashboard ? 'dashboard' : program;
  for (const word of words) {
    const found = FLAGS[addon]?.find(([pattern]) => pattern.test(word.text));
    if (found === undefined) continue;
    const [, effect, severity] = found;
    const part = partOf(word);
    dangers.push({
      fact: `${addon}: ${word.text} ${effect}`,
      node: word.node,
      severity,
      ...(severity === 'low' ? { preset: 'strict' } : {}),
      ...(part === undefined ? {} : { part }),
    });
  }
  return dangers;
}

function tiller(container: ContainerView, node: AnyNode, words: readonly Word[]): AddonDanger {
  const verified = literalVariables(container, (name) => name === 'TILLER_TLS_VERIFY').some(
    ({ value }) => value !== '' && value !== '0' && value !== 'false',
  );
  const isLocal = words.some(({ text }) => /^-?-listen=(?:localhost|127\.|\[::1\])/.test(text));
  return verified || isLocal
    ? {
        fact: 'Tiller acts with one service account for all its users, and has been without updates since 2020',
        node,
        severity: 'medium',
      }
    : {
        fact: 'Tiller does for everyone who reaches it what its service account may, and has been without updates since 2020',
        node,
        severity: 'high',
      };
}

const FLAGS: Readonly<
  Record<string, readonly (readonly [pattern: RegExp, effect: string, severity: AddonDanger['severity']])[]>
> = {
  dashboard: [
    [/^--disable-skip=false$/, 'lets everyone skip the login', 'high'],
    [/^--enable-insecure-login(?:=true)?$/, 'takes tokens over plain HTTP', 'medium'],
  ],
  argocd: [
    [/^--disable-auth(?:=true)?$/, 'asks nobody who they are', 'critical'],
    [/^--insecure(?:=true)?$/, 'serves plain HTTP: something in front of it has to end TLS', 'low'],
  ],
  'metrics-server': [
    [/^--kubelet-insecure-tls(?:=true)?$/, 'does not verify the kubelets, whose token it sends along', 'medium'],
  ],
};
