import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The inputs of the generator, pinned. They are fetched through their ordinary clients and checked. */
export const WHEEL = {
  name: 'kubernetes-validate',
  version: '1.37.0',
  sha256: '85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9',
};
export const API_MODULE = 'k8s.io/api';
/** The newest patch holds the lifecycle of every kind that is still known; the first of each minor its enumerations. */
export const API_NEWEST = 'v0.37.2';
export const API_SUMS: Readonly<Record<string, string>> = {
  'v0.25.0': 'h1:H+Q4ma2U/ww0iGB78ijZx6DRByPz6/733jIuFpX70e0=',
  'v0.26.0': 'h1:IpPlZnxBpV1xl7TGk/X6lFtpgjgntCg8PJ+qrPHAC7I=',
  'v0.27.0': 'h1:2owttiA8Oa+J3idFeq8TSnNpm4y6AOGPI3PDbIpp2cE=',
  'v0.28.0': 'h1:3j3VPWmN9tTDI68NETBWlDiA9qOiGJ7sdKeufehBYsM=',
  'v0.29.0': 'h1:NiCdQMY1QOp1H8lfRyeEf8eOwV6+0xA6XEE44ohDX2A=',
  'v0.30.0': 'h1:siWhRq7cNjy2iHssOB9SCGNCl2spiF1dO3dABqZ8niA=',
  'v0.31.0': 'h1:b9LiSjR2ym/SzTOlfMHm1tr7/21aD7fSkqgD/CVJBCo=',
  'v0.32.0': 'h1:OL9JpbvAU5ny9ga2fb24X8H6xQlVp+aJMFlgtQjR9CE=',
  'v0.33.0': 'h1:yTgZVn1XEe6opVpP1FylmNrIFWuDqe2H0V8CT5gxfIU=',
  'v0.34.0': 'h1:L+JtP2wDbEYPUeNGbeSa/5GwFtIA662EmT2YSLOkAVE=',
  'v0.35.0': 'h1:iBAU5LTyBI9vw3L5glmat1njFK34srdLmktWwLTprlY=',
  'v0.36.0': 'h1:SgqDhZzHdOtMk40xVSvCXkP9ME0H05hPM3p9AB1kL80=',
  'v0.37.0': 'h1:Z//Vj9N7RA/yS2sDmxyeo7h+RR4zbUrd2vrd3Z0TbB4=',
  'v0.37.2': 'h1:PnxqnUFy93jr2GcpWDkKOm8wfy25kT9wa572MuQS8oc=',
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

/** Where the sources of a release of k8s.io/api are. */
export function apiSources(version: string): string {
  const json = execFileSync('go', ['mod', 'download', '-json', `${API_MODULE}@${version}`], {
    encoding: 'utf8',
    cwd: tmpdir(),
  });
  const { Dir, Sum } = JSON.parse(json) as { Dir: string; Sum: string };
  if (Sum !== API_SUMS[version])
    throw new Error(`${API_MODULE}@${version} has the sum ${Sum}, which is not the one recorded`);
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
