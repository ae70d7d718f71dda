import type { AnyNode } from '../../yaml/node.ts';
import { isList, type Value } from '../../yaml/value.ts';
import type { Resource } from '../resource.ts';
import type { ComponentView } from './component-view.ts';
import { isKnown, type Place, parseBool } from './flags.ts';

/** A setting of the kubelet: its field in a KubeletConfiguration, its flag, and how the flag's text is read. */
const SETTINGS = {
  anonymous: ['authentication.anonymous.enabled', 'anonymous-auth', 'bool'],
  webhook: ['authentication.webhook.enabled', 'authentication-token-webhook', 'bool'],
  clientCAFile: ['authentication.x509.clientCAFile', 'client-ca-file', 'text'],
  authorizationMode: ['authorization.mode', 'authorization-mode', 'text'],
  readOnlyPort: ['readOnlyPort', 'read-only-port', 'number'],
  streamingConnectionIdleTimeout: ['streamingConnectionIdleTimeout', 'streaming-connection-idle-timeout', 'text'],
  protectKernelDefaults: ['protectKernelDefaults', 'protect-kernel-defaults', 'bool'],
  makeIPTablesUtilChains: ['makeIPTablesUtilChains', 'make-iptables-util-chains', 'bool'],
  eventRecordQPS: ['eventRecordQPS', 'event-qps', 'number'],
  podPidsLimit: ['podPidsLimit', 'pod-max-pids', 'number'],
  seccompDefault: ['seccompDefault', 'seccomp-default', 'bool'],
  rotateCertificates: ['rotateCertificates', 'rotate-certificates', 'bool'],
  serverTLSBootstrap: ['serverTLSBootstrap', 'rotate-server-certificates', 'bool'],
  tlsCertFile: ['tlsCertFile', 'tls-cert-file', 'text'],
  tlsPrivateKeyFile: ['tlsPrivateKeyFile', 'tls-private-key-file', 'text'],
  allowedUnsafeSysctls: ['allowedUnsafeSysctls', 'allowed-unsafe-sysctls', 'list'],
  staticPodURL: ['staticPodURL', 'manifest-url', 'text'],
  tlsCipherSuites: ['tlsCipherSuites', 'tls-cipher-suites', 'list'],
  tlsMinVersion: ['tlsMinVersion', 'tls-min-version', 'text'],
} as const;

export type KubeletSetting = keyof typeof SETTINGS;

export interface Setting {
  /** Written with a value that can be read. */
  readonly value: Value | undefined;
  /** Written, readable or not. */
  readonly written: boolean;
  /** Not written, and nothing that is not in the input would write it. */
  readonly missing: boolean;
  /** As the user wrote it: `readOnlyPort` or `--read-only-port`. */
  readonly name: string;
  readonly place: Place;
  /** The node to change where the setting is a field. */
  readonly field: AnyNode | undefined;
}

/**
 * The settings of a kubelet. A KubeletConfiguration starts from safe defaults; a kubelet without one keeps the old
 * defaults of its flags, which accept everyone. Flags of the same file beat the configuration.
 */
export class KubeletView {
  readonly resource: Resource;
  /** `flags`: without a KubeletConfiguration, so that the old defaults hold. */
  readonly defaults: 'config' | 'flags';
  readonly minor: number | undefined;
  readonly isWindows: boolean;
  /** A node that stands for the whole. */
  readonly anchor: AnyNode;
  readonly #config: AnyNode | undefined;
  readonly #flags: ComponentView | undefined;
  /** A kubeadm document beside it: kubeadm fills in authentication, authorization and rotation. */
  readonly #kubeadm: boolean;
  /** Too little for a configuration of its own: a drop-in or a patch, whose other half is elsewhere. */
  readonly #partial: boolean;

  constructor(init: {
    readonly resource: Resource;
    readonly config?: AnyNode;
    readonly flags?: ComponentView;
    readonly kubeadm?: boolean;
    readonly partial?: boolean;
  }) {
    this.resource = init.resource;
    this.#config = init.config;
    this.#flags = init.flags;
    this.#kubeadm = init.kubeadm ?? false;
    this.#partial = init.partial ?? false;
    this.defaults = init.config === undefined && !this.#partial ? 'flags' : 'config';
    this.minor = init.flags?.minor;
    this.isWindows = init.flags?.has('windows-service') ?? false;
    this.anchor = init.config ?? init.flags!.anchor;
  }

  setting(key: KubeletSetting): Setting {
    const [path, flagName, type] = SETTINGS[key];
    const flag = this.#flags?.flag(flagName);
    if (flag !== undefined) {
      const value = flag.known ? readText(flag.value, type) : undefined;
      return { value, written: true, missing: false, name: `--${flagName}`, place: flag.place, field: undefined };
    }
    if (this.#config === undefined) {
      const { anchor, complete } = this.#flags!;
      const missing = !this.#partial && complete;
      return {
        value: undefined,
        written: false,
        missing,
        name: `--${flagName}`,
        place: { node: anchor },
        field: undefined,
      };
    }
    let field = this.#config;
    for (const step of path.split('.')) field = field.get(step);
    const text = field.string;
    const unknown = text !== undefined && !isKnown(text);
    return {
      value: field.present && !unknown ? field.raw : undefined,
      written: field.present,
      missing: !field.present && !this.#partial && !(this.#kubeadm && FILLED_BY_KUBEADM.has(key)),
      name: path,
      place: { node: field },
      field,
    };
  }

  /** A boolean with the default that holds here; undefined where it cannot be told. */
  boolean(key: KubeletSetting, whenConfigured: boolean, whenFlags: boolean = whenConfigured): boolean | undefined {
    const { value, missing } = this.setting(key);
    if (typeof value === 'boolean') return value;
    return missing ? (this.defaults === 'flags' ? whenFlags : whenConfigured) : undefined;
  }

  /** A field that has no flag; absent where there is no configuration. */
  field(path: readonly string[]): AnyNode | undefined {
    return this.#config?.at(path);
  }
}

const FILLED_BY_KUBEADM: ReadonlySet<KubeletSetting> = new Set([
  'anonymous',
  'webhook',
  'clientCAFile',
  'authorizationMode',
  'rotateCertificates',
]);

export function readKubelets(
  resources: readonly Resource[],
  components: readonly ComponentView[],
  /** The configuration file that a kubelet names. */
  configOf: (view: ComponentView) => Resource | undefined,
): readonly KubeletView[] {
  const views: KubeletView[] = [];
  const flagged = components.filter(({ component }) => component === 'kubelet');
  const joined = new Set<ComponentView>();
  const configured = new Map<Resource, ComponentView>();
  for (const view of flagged) {
    const config = view.origin === 'systemd' ? configOf(view) : undefined;
    if (config !== undefined && !configured.has(config)) configured.set(config, view);
  }
  for (const resource of resources) {
    if (resource.groupKind !== 'KubeletConfiguration.kubelet.config.k8s.io') continue;
    const { file } = resource.head;
    const flags = flagged.find((view) => view.resource.head.file === file) ?? configured.get(resource);
    if (flags !== undefined) joined.add(flags);
    const kubeadm = resources.some(({ head }) => head.group === 'kubeadm.k8s.io' && head.file === file);
    const partial =
      resource.root.entries().filter(([key]) => !TYPE_META.has(key)).length < 3 || flags?.has('config-dir') === true;
    views.push(
      new KubeletView({ resource, config: resource.root, kubeadm, partial, ...(flags === undefined ? {} : { flags }) }),
    );
  }
  for (const flags of flagged) {
    if (joined.has(flags)) continue;
    // The configuration file that it names is not at hand, so that only what the flags say is known.
    const partial = flags.has('config') || flags.has('config-dir') || !flags.complete;
    views.push(new KubeletView({ resource: flags.resource, flags, partial }));
  }
  return views;
}

const TYPE_META = new Set(['apiVersion', 'kind', 'metadata']);

function readText(text: string, type: 'bool' | 'number' | 'text' | 'list'): Value | undefined {
  switch (type) {
    case 'bool':
      return parseBool(text);
    case 'number':
      return /^[-+]?\d+$/.test(text) ? Number(text) : undefined;
    case 'list':
      return text === '' ? [] : text.split(',');
    default:
      return text;
  }
}

export function textsOf(value: Value | undefined): readonly string[] {
  return isList(value) ? value.filter((each): each is string => typeof each === 'string') : [];
}
