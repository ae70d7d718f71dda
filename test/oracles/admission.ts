import { spawnSync } from 'node:child_process';
import {
  type BindingSource,
  candidatePreparer,
  compilePolicy,
  type Decision,
  type Surroundings,
} from '../../src/k8s/admission/policy-decision.lazy.ts';
import { Random } from '../yaml/random-yaml.ts';
import { type AdmissionCase, AdmissionRandom, type Json } from './admission-random.ts';

// Random ValidatingAdmissionPolicies over random workloads, decided by us and by the API server's own plugin
// (test/oracles/go-admission, built to admission/bin/admission-oracle below KUBESEC_LINT_ORACLES):
// tsx test/oracles/admission.ts [SEED] [COUNT]
const [seed = '1', count = '3000'] = process.argv.slice(2);
const folder = process.env['KUBESEC_LINT_ORACLES'];
if (folder === undefined) throw new Error('KUBESEC_LINT_ORACLES names no folder with admission/bin/admission-oracle');

interface Answer {
  readonly refused?: readonly string[];
  readonly decoding?: string;
  readonly denied: boolean;
  readonly warnings?: readonly string[];
  readonly decisions?: readonly (readonly string[])[];
}

const random = new AdmissionRandom(new Random(Number(seed)));
const cases = Array.from({ length: Number(count) }, () => random.next());
const input = `${cases.map((each, id) => JSON.stringify({ id, ...each })).join('\n')}\n`;
const run = spawnSync(`${folder}/admission/bin/admission-oracle`, [], { input, maxBuffer: 1 << 30, encoding: 'utf8' });
if (run.status !== 0) throw new Error(`admission-oracle: ${run.error?.message ?? run.stderr}`);
const answers: readonly Answer[] = run.stdout
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

const counts = { refused: 0, notDecoded: 0, denied: 0, admitted: 0, warned: 0, undecided: 0 };
const reasons = new Map<string, number>();
let differing = 0;
cases.forEach((each, index) => {
  const fault = compare(each, answers[index]!);
  if (fault === undefined) return;
  differing++;
  if (differing <= 10) console.log(`\n${fault}\n${JSON.stringify(each)}\n${JSON.stringify(answers[index])}`);
});
const decided = counts.denied + counts.admitted;
const share = ((100 * counts.undecided) / (decided + counts.undecided)).toFixed(1);
console.log(
  `seed ${seed}: ${cases.length} policies, ${counts.refused} refused alike, ${counts.denied} denied, ${counts.admitted} admitted, ${counts.warned} of them with warnings, ${counts.undecided} not decided (${share} %), ${counts.notDecoded} objects not decoded, ${differing} disagreements`,
);
if (process.env['REASONS'] !== undefined) {
  for (const [reason, times] of [...reasons].sort((a, b) => b[1] - a[1]).slice(0, 30)) console.log(times, reason);
}
process.exitCode = differing === 0 ? 0 : 1;

function compare(each: AdmissionCase, answer: Answer): string | undefined {
  if (answer.refused?.[0]?.startsWith('panic') === true) return undefined;
  const compiled = compilePolicy({ name: 'policy', spec: each.policy.spec });
  if ('invalid' in compiled) {
    if (answer.refused === undefined) return `we refuse: ${compiled.invalid}`;
    counts.refused++;
    return undefined;
  }
  if (answer.refused !== undefined) return `it refuses: ${answer.refused.join('; ')}`;
  if (answer.decoding !== undefined) {
    counts.notDecoded++;
    return undefined;
  }
  const { apiVersion, kind, metadata } = each.object;
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const candidate = {
    group,
    version,
    kind,
    resource: each.resource,
    namespace: metadata.namespace,
    name: metadata.name,
    manifest: each.object,
  };
  let denied = false;
  let warned = 0;
  let undecided = false;
  const messages: string[] = [];
  for (const {
    metadata: { name },
    spec,
  } of each.bindings) {
    const binding: BindingSource = { name, spec };
    const around = surroundings(each);
    const decisions: readonly Decision[] = compiled.decide(binding, candidatePreparer(around)(candidate), around);
    for (const decision of decisions) {
      if (decision.is === 'unknown') {
        undecided = true;
        reasons.set(decision.reason, (reasons.get(decision.reason) ?? 0) + 1);
      } else if (decision.is === 'denied') {
        if (decision.regardless === true || spec.validationActions.includes('Deny')) denied = true;
        if (decision.regardless !== true && spec.validationActions.includes('Warn')) warned++;
        messages.push(decision.message);
      }
    }
  }
  // A decided denial stays one, whatever is not known besides.
  if (undecided && !denied) {
    counts.undecided++;
    return undefined;
  }
  if (denied !== answer.denied) return `we say ${denied ? 'denied' : 'admitted'}: ${messages.join('; ')}`;
  if (!undecided && warned !== (answer.warnings?.length ?? 0)) return `we give ${warned} warnings`;
  if (!undecided) {
    const theirs = (answer.decisions ?? []).flat().filter((text) => text.startsWith('deny:deny:'));
    const ours = messages.filter((text) => theirs.some((their) => their === `deny:deny:${text}`));
    // A message that depends on what is not known is made of the expression's text.
    const made = messages.some((text) => text === 'no' || text.startsWith('failed expression'));
    if (theirs.length > 0 && ours.length === 0 && !made) return `we say ${messages.join('; ')}`;
  }
  if (denied) counts.denied++;
  else counts.admitted++;
  if (warned > 0) counts.warned++;
  return undefined;
}

function surroundings({ namespaces, params, paramScope }: AdmissionCase): Surroundings {
  return {
    namespace: (name) => {
      const found = namespaces.find((each: Json) => each.metadata.name === name);
      return {
        labels: { labels: found?.metadata.labels ?? {}, open: found === undefined },
        annotations: found?.metadata.annotations ?? null,
      };
    },
    parameters: () => ({
      namespaced: paramScope === 'namespace',
      open: false,
      objects: params.map((each: Json) => ({
        namespace: each.metadata.namespace ?? '',
        name: each.metadata.name,
        labels: each.metadata.labels ?? {},
        value: each,
        open: false,
      })),
    }),
    hasLimits: () => false,
  };
}
