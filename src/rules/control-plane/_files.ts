/** Flags that name a file which the component reads: certificates, keys, kubeconfigs and configuration. */
const FILE =
  /(?:-file|-cafile|-certfile|-keyfile|kubeconfig|-config-file|^config|^authentication-config|^authorization-config|^encryption-provider-config|^leader-migration-config|^kubelet-client-certificate|^kubelet-client-key|^kubelet-certificate-authority)$/;

const NO_FILE = /^(?:log-file|config-file)$/;

/** Files that decide what is allowed or recorded, and that nobody but their owner changes. */
const CONFIGURATION =
  /^(?:audit-policy-file|audit-webhook-config-file|admission-control-config-file|encryption-provider-config|authentication-config|authorization-config|authorization-policy-file|[a-z-]+-webhook-config-file|egress-selector-config-file|tracing-config-file)$/;

export function readsFile(flag: string): boolean {
  return FILE.test(flag) && !NO_FILE.test(flag);
}

export function readsConfiguration(flag: string): boolean {
  return CONFIGURATION.test(flag);
}

/** What a container has without a mount of ours: the image's own certificates, its service account. */
export function isInImage(path: string): boolean {
  return /^\/(?:proc|dev|etc\/ssl|usr|etc\/pki\/tls|var\/run\/secrets\/kubernetes\.io|run\/secrets\/kubernetes\.io)(?:\/|$)/.test(
    path,
  );
}
