import { inspectToken } from '../../k8s/identity/inspect.lazy.ts';
import { nodeControl } from '../../k8s/node-control.ts';
import type { PodView } from '../../k8s/pod.ts';
import type { RbacAnalysis } from '../../k8s/rbac/analysis.ts';
import { rbacAnalysis } from '../../k8s/rbac/analysis-of.lazy.ts';
import type { EscalationGraph } from '../../k8s/rbac/escalation.ts';
import { escalationGraph } from '../../k8s/rbac/escalation-graph.lazy.ts';
import { RBAC_KINDS, type RbacObject, readRbacObject } from '../../k8s/rbac/policy.ts';
import type { Resource } from '../../k8s/resource.ts';
import { isPlaceholder } from '../../k8s/secret-patterns.ts';
import { minorOf } from '../../k8s/version.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { defineFact } from '../project.ts';
import { placesFact } from './places.ts';

/** Questions to the API server, which can be answered from roles and bindings. */
export const REVIEW_KINDS: readonly string[] = [
  'SubjectAccessReview.authorization.k8s.io',
  'LocalSubjectAccessReview.authorization.k8s.io',
  'SelfSubjectAccessReview.authorization.k8s.io',
  'SelfSubjectRulesReview.authorization.k8s.io',
  'SelfSubjectReview.authentication.k8s.io',
  'TokenReview.authentication.k8s.io',
  'TokenRequest.authentication.k8s.io',
];

/** The namespace of an object that names none, as kubectl fills it in. */
export const DEFAULT_NAMESPACE = 'default';

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
  /** Names a namespace in its manifest. */
  readonly placed: boolean;
  readonly automount: boolean | undefined;
  /** Carries an annotation by which a cloud gives it an identity. */
  readonly cloudIdentity: boolean;
}

/** One pod or pod template, with what matters for the identity it runs under. */
export interface PodIdentity {
  /** Which of the resource's pods. */
  readonly index: number;
  readonly account: string;
  /** `automountServiceAccountToken` of the pod. */
  readonly automount: boolean | undefined;
  /** A projected volume brings a token for the API server. */
  readonly projected: boolean;
  /** What hands its node to whoever runs code in it; the path runs from the resource. */
  readonly control: { readonly reason: string; readonly path: readonly (string | number)[] } | undefined;
}

/** A Secret with a token in it, or one that asks for one. */
export interface TokenSecret {
  readonly namespace: string;
  readonly name: string;
  readonly kind: 'service-account' | 'bootstrap' | 'other';
  /** The service account that it is for, where that is written. */
  readonly account: string;
  /** The path of the token from the resource; undefined where the Secret only asks for one. */
  readonly holds: readonly string[] | undefined;
  /** Of a bootstrap token: good for logging in, with no end. */
  readonly endless: boolean;
}

type Piece =
  | { readonly rbac: RbacObject }
  | { readonly account: ServiceAccount }
  | { readonly token: TokenSecret }
  | { readonly pods: readonly PodIdentity[] }
  /** Something whose meaning depends on roles, and which is read when it is reported. */
  | { readonly review: true };

export interface Workload extends PodIdentity {
  /** Its number among all workloads. */
  readonly order: number;
  readonly resource: Resource;
  readonly namespace: string;
}

export interface RbacFacts {
  readonly analysis: RbacAnalysis;
  /** The input holds at least one role or binding. */
  readonly hasRbac: boolean;
  readonly accounts: readonly (ServiceAccount & { readonly resource: Resource })[];
  readonly tokens: readonly (TokenSecret & { readonly resource: Resource })[];
  readonly workloads: readonly Workload[];
  /** Where a role or binding of the input is written; undefined for those that every cluster has. */
  resourceOf(object: RbacObject): Resource | undefined;
  account(namespace: string, name: string): (ServiceAccount & { readonly resource: Resource }) | undefined;
  /** Those of a name, in whatever namespace. */
  accountsNamed(name: string): readonly ServiceAccount[];
  /** The pods that run as an account, in the order of the input. */
  workloadsOf(namespace: string, account: string): readonly Workload[];
  /** Whether a pod of the workload holds a token that the API server takes. */
  mountsToken(workload: Workload): boolean;
  /** Who can become what; built when it is first asked for. */
  escalation(): EscalationGraph;
}

/** Roles, bindings, service accounts and who runs as them. */
export const rbacFact = defineFact<RbacFacts, Piece>({
  name: 'rbac',
  kinds: [...RBAC_KINDS, 'ServiceAccount', 'Secret', ...REVIEW_KINDS],
  pods: true,
  collect,
  uses: [placesFact],
  compute(project, collected) {
    const resources = new Map<RbacObject, Resource>();
    const accounts: (ServiceAccount & { readonly resource: Resource })[] = [];
    const tokens: (TokenSecret & { readonly resource: Resource })[] = [];
    const workloads: Workload[] = [];
    const accountsByName = new Map<string, ServiceAccount & { readonly resource: Resource }>();
    for (const { resource, data } of collected) {
      if ('rbac' in data) resources.set(data.rbac, resource);
      else if ('account' in data) {
        const account = { ...data.account, resource };
        accounts.push(account);
        accountsByName.set(`${account.namespace}/${account.name}`, account);
      } else if ('token' in data) tokens.push({ ...data.token, resource });
      else if ('pods' in data) {
        const namespace = resource.head.namespace || DEFAULT_NAMESPACE;
        for (const pod of data.pods) workloads.push({ ...pod, order: workloads.length, resource, namespace });
      }
    }
    const hasRbac = resources.size > 0;
    let analysis: RbacAnalysis | undefined;
    const analyse = () => {
      analysis ??= rbacAnalysis([...resources.keys()], minorOf(project.version));
      return analysis;
    };
    let named: ReadonlyMap<string, readonly ServiceAccount[]> | undefined;
    let running: ReadonlyMap<string, readonly Workload[]> | undefined;
    const account = (namespace: string, name: string) => accountsByName.get(`${namespace}/${name}`);
    const mountsToken = (workload: Workload): boolean =>
      workload.projected || (workload.automount ?? account(workload.namespace, workload.account)?.automount ?? true);
    let graph: EscalationGraph | undefined;
    return {
      // Most questions of an input without roles and bindings can be answered without it.
      get analysis() {
        return analyse();
      },
      hasRbac,
      accounts,
      tokens,
      workloads,
      resourceOf: (object) => resources.get(object),
      account,
      accountsNamed(name) {
        named ??= groupBy(accounts, (each) => each.name);
        return named.get(name) ?? [];
      },
      workloadsOf(namespace, name) {
        running ??= groupBy(workloads, (each) => `${each.namespace}/${each.account}`);
        return running.get(`${namespace}/${name}`) ?? [];
      },
      mountsToken,
      escalation() {
        graph ??= escalationGraph(analyse(), {
          accounts,
          tokens: tokens.filter(({ kind, account }) => kind !== 'bootstrap' && account !== ''),
          workloads: workloads.map((workload) => ({
            namespace: workload.namespace,
            account: workload.account,
            mountsToken: mountsToken(workload),
            control: workload.control?.reason,
            label: labelOf(workload),
          })),
          namespaces: new Map(
            project
              .ofKind('Namespace')
              .map(({ head }) => [head.name, { restricted: RESTRICTED.includes(head.labels[ENFORCE] ?? '') }]),
          ),
        });
        return graph;
      },
    };
  },
});

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** `Deployment "a/web"`. */
export function labelOf({ resource, namespace }: Workload): string {
  return `${resource.head.kind} "${namespace}/${resource.head.name}"`;
}

const ENFORCE = 'pod-security.kubernetes.io/enforce';
const RESTRICTED: readonly string[] = ['baseline', 'restricted'];

function collect(resource: Resource): Piece | undefined {
  switch (resource.groupKind) {
    case 'ServiceAccount':
      return { account: accountOf(resource) };
    case 'Secret':
      return tokenOf(resource);
    case RBAC_KINDS[0]:
    case RBAC_KINDS[1]:
    case RBAC_KINDS[2]:
    case RBAC_KINDS[3]: {
      const object = readRbacObject(resource.head.kind, resource.root.raw, DEFAULT_NAMESPACE);
      return object === undefined ? undefined : { rbac: object };
    }
    default:
      if (REVIEW_KINDS.includes(resource.groupKind)) return { review: true };
      return { pods: resource.pods.flatMap((pod, index) => (pod.partial ? [] : [identityOf(pod, index)])) };
  }
}

function accountOf({ head, root }: Resource): ServiceAccount {
  const keys = Object.keys(head.annotations);
  return {
    namespace: head.namespace || DEFAULT_NAMESPACE,
    name: head.name,
    placed: head.namespace !== '',
    automount: root.at(['automountServiceAccountToken']).boolean,
    cloudIdentity: keys.some(
      (key) =>
        key === 'eks.amazonaws.com/role-arn' ||
        key === 'iam.gke.io/gcp-service-account' ||
        key.startsWith('azure.workload.identity/'),
    ),
  };
}

function tokenOf({ head, root }: Resource): Piece | undefined {
  const type = root.at(['type']).string;
  const namespace = head.namespace || DEFAULT_NAMESPACE;
  const { name } = head;
  const account = head.annotations['kubernetes.io/service-account.name'] ?? '';
  const fieldOf = (key: string) =>
    (['data', 'stringData'] as const).map((field) => root.at([field, key])).find((node) => (node.string ?? '') !== '');
  if (type === 'kubernetes.io/service-account-token') {
    const token = fieldOf('token');
    const holds = token === undefined || isPlaceholder(token.string!) ? undefined : stepsFrom(root, token);
    return { token: { namespace, name, kind: 'service-account', account, holds, endless: true } };
  }
  if (type === 'bootstrap.kubernetes.io/token') {
    const token = fieldOf('token-secret');
    if (token === undefined || isPlaceholder(token.string!)) return undefined;
    const use = fieldOf('usage-bootstrap-authentication')?.string;
    const endless = (use === 'true' || use === 'dHJ1ZQ==') && fieldOf('expiration') === undefined;
    return { token: { namespace, name, kind: 'bootstrap', account: '', holds: stepsFrom(root, token), endless } };
  }
  for (const field of ['data', 'stringData'] as const) {
    for (const [, node] of root.at([field]).entries()) {
      const text = node.string;
      // `eyJ`, as it is and in base64.
      if (text === undefined || !(text.startsWith('eyJ') || text.startsWith('ZXlK'))) continue;
      const token = inspectToken(text.startsWith('eyJ') ? text : Buffer.from(text, 'base64').toString('latin1'));
      if (token?.isLegacy !== true) continue;
      const [, short = ''] = (token.serviceAccount ?? '').split('/');
      return { token: { namespace, name, kind: 'other', account: short, holds: stepsFrom(root, node), endless: true } };
    }
  }
  return undefined;
}

function stepsFrom(root: AnyNode, node: AnyNode): readonly string[] {
  return node.steps.slice(root.steps.length).map(String);
}

function identityOf(pod: PodView, index: number): PodIdentity {
  const { spec } = pod;
  const control = nodeControl(pod);
  return {
    index,
    account: spec.get('serviceAccountName').string || spec.get('serviceAccount').string || 'default',
    automount: spec.get('automountServiceAccountToken').boolean,
    projected: projectsToken(spec),
    control:
      control === undefined
        ? undefined
        : { reason: control.reason, path: control.node.steps.slice(pod.resource.root.steps.length) },
  };
}

function projectsToken(spec: AnyNode): boolean {
  const volumes: AnyNode = spec.get('volumes');
  if (!volumes.present) return false;
  return (volumes.items() as readonly AnyNode[]).some((volume) =>
    (volume.at(['projected', 'sources']).items() as readonly AnyNode[]).some((source) => {
      const token: AnyNode = source.get('serviceAccountToken');
      // A token for another audience opens nothing at the API server.
      return token.present && (token.get('audience').string ?? '') === '';
    }),
  );
}
