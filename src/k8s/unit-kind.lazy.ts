import { isList, isMap } from '../yaml/value.ts';

/** A unit of systemd that runs a component of the cluster, a drop-in of one, or variables for its command line. */
export function unitKind(
  value: Readonly<Record<string, unknown>>,
  path: string,
): { readonly apiVersion: string; readonly kind: string } | undefined {
  const service = value['Service'];
  if (!isMap(service)) {
    const isOurs = Object.keys(value).some((name) => /^(?:KUBE|KUBELET|ETCD)_/.test(name));
    return isOurs ? { apiVersion: SYSTEMD, kind: 'EnvironmentFile' } : undefined;
  }
  const texts = ['ExecStart', 'Environment', 'EnvironmentFile'].flatMap((key) => {
    const values = service[key];
    return isList(values) ? values.map(String) : [];
  });
  if (texts.length === 0) return undefined;
  const isOurs = OUR_UNIT.test(path) || texts.some((text) => RUNS_COMPONENT.test(text));
  return isOurs ? { apiVersion: SYSTEMD, kind: 'Unit' } : undefined;
}

const SYSTEMD = 'systemd.freedesktop.org/v1';

const OUR_UNIT =
  /(?:^|\/)(?:kube-(?:apiserver|controller-manager|scheduler|proxy)|cloud-controller-manager|kubelet|etcd)\.service(?:\.d\/|$)/;

const RUNS_COMPONENT =
  /(?:^|[\s/"'])(?:kube-(?:apiserver|controller-manager|scheduler|proxy)|cloud-controller-manager|kubelet|etcd|hyperkube)(?=$|[\s"'\\])|(?:KUBE|KUBELET|ETCD)_\w+=/;
