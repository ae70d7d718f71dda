/**
 * Container runtimes that put a boundary of their own between a pod and the kernel of the node: gVisor, and those that
 * start a virtual machine. By the handler of a RuntimeClass, which names a section of the runtime's configuration.
 */
export function isSandboxHandler(handler: string, more: readonly string[] = []): boolean {
  return SANDBOX.test(handler) || more.includes(handler);
}

/** A name that promises a sandbox, whatever its handler is; `insecure` and `no-sandbox` promise none. */
export function soundsLikeSandbox(name: string): boolean {
  return (
    /gvisor|kata|sandbox|firecracker|(?<!in)secure|isolated|untrusted/i.test(name) &&
    !/(?:^|[-.])(?:no|non|not|un)[-.]?(?:gvisor|kata|sandbox|secure|isolated)/i.test(name)
  );
}

/** Handlers that start ordinary containers. */
export const PLAIN_HANDLERS: ReadonlySet<string> = new Set(['runc', 'crun', 'youki', 'docker', 'nvidia']);

const SANDBOX =
  /^(?:gvisor|runsc(?:-.+)?|kata(?:-.+)?|.+-cc-isolation|peerpods|firecracker.*|urunc|hyperlight.*|runhcs-wcow-hypervisor)$/;
