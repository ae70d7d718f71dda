import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The two inputs of the generator, pinned. Both are fetched through their ordinary clients and checked. */
export const WHEEL = {
  name: 'kubernetes-validate',
  version: '1.37.0',
  sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
};
export const API_MODULE = {
  name: 'k8s.io/api',
  version: 'v0.37.2',
  sum: 'h1:PnxqnUFy93jr2GcpWDkKOm8wfy25kT9wa572MuQS8oc=',
};

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly 'x-kubernetes-group-version-kind'?: readonly Gvk[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

export interface Gvk {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export type Definitions = Readonly<Record<string, JsonSchema>>;

/** Minor → definitions of that release's OpenAPI document. */
export function readOpenApi(): ReadonlyMap<number, Definitions> {
  const folder = join(fetchWheel(), 'kubernetes_validate', 'kubernetes-json-schema');
  const byMinor = new Map<number, Definitions>();
  for (const name of readdirSync(folder)) {
    const match = /^v1\.(\d+)\.0-local$/.exec(name);
    if (match === null) continue;
    const { $defs } = JSON.parse(readFileSync(join(folder, name, '_definitions.json'), 'utf8')) as {
      $defs: Definitions;
    };
    byMinor.set(Number(match[1]), $defs);
  }
  return new Map([...byMinor].sort(([a], [b]) => a - b));
}

/** Where the sources of k8s.io/api are. */
export function apiSources(): string {
  const json = execFileSync('go', ['mod', 'download', '-json', `${API_MODULE.name}@${API_MODULE.version}`], {
    encoding: 'utf8',
    cwd: tmpdir(),
  });
  const { Dir, Sum } = JSON.parse(json) as { Dir: string; Sum: string };
  if (Sum !== API_MODULE.sum) throw new Error(`${API_MODULE.name} has the sum ${Sum}, expected ${API_MODULE.sum}`);
  return Dir;
}

function fetchWheel(): string {
  const folder = join(tmpdir(), `kubesec-lint-gen-${WHEEL.version}`);
  const wheel = join(folder, `kubernetes_validate-${WHEEL.version}-py3-none-any.whl`);
  if (!existsSync(wheel)) {
    mkdirSync(folder, { recursive: true });
    execFileSync('pip', ['download', '--no-deps', '-q', '-d', folder, `${WHEEL.name}==${WHEEL.version}`]);
  }
  const sha256 = createHash('sha256').update(readFileSync(wheel)).digest('hex');
  if (sha256 !== WHEEL.sha256) throw new Error(`${wheel} has the checksum ${sha256}, expected ${WHEEL.sha256}`);
  const unpacked = join(folder, 'unpacked');
  if (!existsSync(unpacked)) execFileSync('python3', ['-m', 'zipfile', '-e', wheel, unpacked]);
  return unpacked;
}
