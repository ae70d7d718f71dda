import { defineRule } from '../../engine/rule.ts';
import type { ContainerView } from '../../k8s/container.ts';
import { parseQuantity } from '../../k8s/quantity.ts';
import { didYouMean as nearest } from '../../k8s/schema/did-you-mean.ts';
import { faultsOf } from '../../k8s/schema/faults.ts';
import { pathInWords } from '../../k8s/schema/path.ts';
import { isPlaceholder } from '../../k8s/schema/placeholder.ts';
import type { AnyNode } from '../../yaml/node.ts';
import { isMap, type Value, type ValueMap } from '../../yaml/value.ts';
import { nodeOf } from './_schema.ts';

export default defineRule({
  id: 'quantity-invalid',
  title: 'Quantity that is malformed or not what was meant',
  category: 'api',
  severity: 'medium',
  preset: 'recommended',
  on: 'resource',
  messages: {
    malformed: '{path} is "{value}", which is no quantity{suggestion}',
    bytes: '{path} is {value}, which means {meaning}{suggestion}',
    cpus: '{path} is {value}, which means {meaning}{suggestion}',
    negative: '{path} is {value}: a quantity of this kind is not negative',
    whole: '{path} is {value}: "{resource}" is counted in whole numbers',
    resource: '"{resource}" is no resource of a container{suggestion}',
    below: 'the limit of {resource} is {limit}, less than the request of {request}',
  },
  check(resource, context) {
    for (const fault of faultsOf(resource, context.minor)) {
      if (fault.is !== 'quantity') continue;
      const node = nodeOf(resource, fault);
      const value = node.string!;
      const suggestion = didYouMean(suggestSpelling(value));
      context.report(node, 'malformed', { data: { path: pathInWords(fault.path), value, suggestion } });
    }
    for (const pod of resource.pods) {
      for (const container of pod.containers) {
        const { raw } = container.node;
        if (!isMap(raw) || !isMap(raw['resources'])) continue;
        for (const slip of slipsIn(container, raw['resources'])) {
          const node = container.node.get('resources').get(slip.list).get(slip.resource) as AnyNode;
          const path = `resources.${slip.list}${slip.resource.includes('/') ? `["${slip.resource}"]` : `.${slip.resource}`}`;
          const value = String(node.raw);
          switch (slip.is) {
            case 'resource': {
              const { resource, near } = slip;
              context.report(node, 'resource', { data: { resource, suggestion: didYouMean(near) }, atKey: true });
              break;
            }
            case 'bytes':
            case 'cpus': {
              const { meaning, suggestion } = slip;
              context.report(node, slip.is, { data: { path, value, meaning, suggestion: didYouMean(suggestion) } });
              break;
            }
            case 'negative':
              context.report(node, 'negative', { data: { path, value } });
              break;
            case 'whole':
              context.report(node, 'whole', { data: { path, value, resource: slip.resource } });
              break;
            case 'below': {
              const requested: AnyNode = container.node.get('resources').get('requests').get(slip.resource);
              const request = String(requested.raw);
              context.report(node, 'below', {
                data: { resource: slip.resource, limit: value, request },
                related: [{ at: requested, message: 'the request' }],
              });
              break;
            }
          }
        }
      }
    }
  },
  docs: {
    why: 'A quantity that the API server cannot read is refused. One that it reads differently is worse: `memory: 512` is 512 bytes and `memory: 128m` an eighth of a byte, so the container is killed at once; `cpu: 1000` asks for a thousand processors and binds nobody, which is as good as no limit.',
    fix: 'Write memory in `Mi` or `Gi` and processors in whole numbers or thousandths (`250m`).',
    frameworks: {},
    references: [
      'https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/',
      'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#resource-units-in-kubernetes',
    ],
    limits: 'Keys and values of ResourceQuota and LimitRange are the matter of `quota-limitrange-invalid`.',
    examples: {
      bad: [
        {
          title: 'Units that are none, and units that mean something else',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      resources:
        requests:
          memory: 512 # finding: bytes
          cpu: 500Mi # finding: cpus
        limits:
          memory: 1GB # finding: malformed
          cpu: 1000 # finding: cpus
    - name: sidecar
      image: registry.example.com/sidecar:1
      resources:
        requests:
          memory: 256Mi
          cpu: "-1" # finding: negative
        limits:
          memory: 128Mi # finding: below
          example.com/gpu: 500m # finding: whole
          Cpu: 1 # finding: resource
          ephemeral-storage: 100m # finding: bytes
`,
        },
      ],
      good: [
        {
          title: 'Usual quantities',
          in: 'manifests',
          yaml: `apiVersion: v1
kind: Pod
metadata:
  name: shop
spec:
  containers:
    - name: web
      image: registry.example.com/web:1
      resources:
        requests: {memory: 128Mi, cpu: 250m, ephemeral-storage: 1G}
        limits: {memory: 1e9, cpu: 1.5, example.com/gpu: 1, ephemeral-storage: 2Gi}
    - name: templated
      image: registry.example.com/web:1
      resources:
        limits: {memory: "\${MEMORY}"}
`,
        },
      ],
    },
  },
});

type Slip = { readonly list: 'limits' | 'requests'; readonly resource: string } & (
  | { readonly is: 'bytes' | 'cpus'; readonly meaning: string; readonly suggestion: string | undefined }
  | { readonly is: 'resource'; readonly near: string | undefined }
  | { readonly is: 'negative' | 'whole' | 'below' }
);

const NONE: readonly Slip[] = [];

function slipsIn(container: ContainerView, resources: ValueMap): readonly Slip[] {
  let slips: Slip[] | undefined;
  const add = (slip: Slip): void => {
    if (slips === undefined) slips = [slip];
    else slips.push(slip);
  };
  const { requests, limits } = resources;
  if (isMap(requests)) judgeAll('requests', requests);
  if (isMap(limits)) judgeAll('limits', limits);
  return slips ?? NONE;

  function judgeAll(list: 'requests' | 'limits', map: ValueMap): void {
    for (const resource in map) {
      if (!isContainerResource(resource)) {
        add({ is: 'resource', list, resource, near: nearest(resource, CONTAINER_RESOURCES) });
        continue;
      }
      const value = map[resource]!;
      const amount = amountOf(value);
      if (amount === undefined) continue;
      const slip = judge(resource, value, amount);
      if (slip !== undefined) add({ list, resource, ...slip });
      else if (list === 'limits' && isMap(requests)) {
        const requested = amountOf(requests[resource]);
        // Ephemeral containers have no resources at all.
        if (requested !== undefined && requested > amount && container.kind !== 'ephemeral')
          add({ is: 'below', list, resource });
      }
    }
  }
}

/** Extended resources have a domain; huge pages a size. */
function isContainerResource(name: string): boolean {
  return (
    name === 'cpu' ||
    name === 'memory' ||
    CONTAINER_RESOURCES.includes(name) ||
    name.includes('/') ||
    name.startsWith('hugepages-') ||
    isPlaceholder(name)
  );
}
const CONTAINER_RESOURCES: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];

type Verdict =
  | { readonly is: 'bytes' | 'cpus'; readonly meaning: string; readonly suggestion: string | undefined }
  | { readonly is: 'negative' | 'whole' };

const MEBIBYTE = 1024 * 1024;

function judge(resource: string, value: Value, amount: number): Verdict | undefined {
  if (amount < 0) return { is: 'negative' };
  if (resource === 'cpu') {
    if (amount < 1000) return undefined;
    const text = String(value);
    const bare = /^\d+$/.test(text);
    return { is: 'cpus', meaning: `${round(amount)} processors`, suggestion: bare ? `${text}m` : undefined };
  }
  if (resource === 'memory' || resource === 'ephemeral-storage') {
    if (amount === 0 || amount >= MEBIBYTE) return undefined;
    const text = String(value);
    const milli = /^(\d+)m$/.exec(text);
    // Less than a mebibyte runs nothing; a value in `Ki` was written with open eyes.
    if (milli === null && !/^\d+$/.test(text)) return undefined;
    const suggestion = milli === null ? `${text}Mi` : `${milli[1]}Mi`;
    return { is: 'bytes', meaning: `${round(amount)} bytes`, suggestion };
  }
  return resource.includes('/') && !Number.isInteger(amount) ? { is: 'whole' } : undefined;
}

/** The amount as a number, near enough for comparing; undefined for what is no quantity. */
function amountOf(value: Value | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  let digits = 0;
  let amount = 0;
  for (; digits < value.length && digits < 12; digits++) {
    const digit = value.charCodeAt(digits) - 48;
    if (digit < 0 || digit > 9) break;
    amount = amount * 10 + digit;
  }
  // Nearly every quantity is a few digits and a usual unit.
  if (digits > 0) {
    const unit = digits === value.length ? 1 : UNITS.get(value.slice(digits));
    if (unit !== undefined) return amount * unit;
  }
  if (isPlaceholder(value)) return undefined;
  const quantity = parseQuantity(value);
  return quantity === undefined ? undefined : Number(quantity.nano) / 1e9;
}
const UNITS: ReadonlyMap<string, number> = new Map([
  ['m', 0.001],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['Ki', 1024],
  ['Mi', MEBIBYTE],
  ['Gi', 1024 * MEBIBYTE],
  ['Ti', MEBIBYTE * MEBIBYTE],
]);

function round(amount: number): string {
  return String(Number(amount.toPrecision(6)));
}

function didYouMean(suggestion: string | undefined): string {
  return suggestion === undefined ? '' : `, did you mean "${suggestion}"`;
}

/** The same number with the unit that was probably meant. */
function suggestSpelling(text: string): string | undefined {
  const match = /^\s*([\d.,]+)\s*([A-Za-z]*)\s*$/.exec(text);
  if (match === null) return undefined;
  const number = match[1]!.replace(',', '.');
  const unit = SPELLINGS[match[2]!.toLowerCase()];
  const suggestion = `${number}${unit ?? match[2]}`;
  return suggestion !== text && parseQuantity(suggestion) !== undefined ? suggestion : undefined;
}
const SPELLINGS: Readonly<Record<string, string>> = {
  k: 'k',
  kb: 'k',
  kib: 'Ki',
  ki: 'Ki',
  mb: 'M',
  mib: 'Mi',
  mi: 'Mi',
  g: 'G',
  gb: 'G',
  gib: 'Gi',
  gi: 'Gi',
  t: 'T',
  tb: 'T',
  tib: 'Ti',
  ti: 'Ti',
};
