import type { RbacFacts } from '../engine/facts/rbac.ts';
import type { EffectiveRule } from '../k8s/rbac/aggregate.ts';
import { describePath, type Path, type Step, vertexName } from '../k8s/rbac/escalation.ts';
import type { Holding } from '../k8s/rbac/holdings.ts';
import type { Request } from '../k8s/rbac/match.ts';
import type { Binding, RbacObject, Subject } from '../k8s/rbac/policy.ts';
import type { RbacWorld, User } from '../k8s/rbac/world.ts';
import { compare } from '../text/order.ts';
import type { AnyNode } from '../yaml/node.ts';

export const RBAC_FORMATS = ['text', 'json', 'dot', 'mermaid'] as const;
export type RbacFormat = (typeof RBAC_FORMATS)[number];

export interface Question {
  readonly request: Request;
  /** Ask in each of these as well. */
  readonly namespaces: readonly string[];
}

/** Where something is written; undefined for what every cluster has. */
interface Place {
  readonly file: string;
  readonly line: number;
}

/** One binding that lets somebody do what was asked. */
interface Answer {
  readonly subject: { readonly kind: string; readonly namespace?: string; readonly name: string };
  /** '*' everywhere, else a namespace. */
  readonly scope: string;
  readonly binding: {
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly place: Place | null;
  };
  readonly role: {
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly rule: number;
    readonly place: Place | null;
  };
}

/** `--who-can`: every subject with the binding and the rule that let it. */
export function whoCan(
  { request, namespaces }: Question,
  world: RbacWorld,
  facts: RbacFacts,
  format: RbacFormat,
): string {
  const answers: Answer[] = [];
  const seen = new Set<Binding>();
  for (const namespace of [request.namespace, ...namespaces]) {
    for (const { binding, rule } of world.grants({ ...request, namespace }).found) {
      if (seen.has(binding)) continue;
      seen.add(binding);
      for (const subject of binding.subjects) answers.push(answerOf(subject, binding, rule, facts));
    }
  }
  answers.sort((one, other) => compare(keyOf(one), keyOf(other)));
  const asked = describeRequest(request, namespaces.length > 0);
  if (format === 'json') {
    return json({ request: plain(request), subjects: answers, bypass: [{ kind: 'Group', name: 'system:masters' }] });
  }
  if (format !== 'text') {
    return graph(
      format,
      answers.flatMap((each) => [
        {
          from: nameOf(each.subject),
          to: nameOf(each.binding),
          label: each.scope === '*' ? 'everywhere' : `in ${each.scope}`,
        },
        { from: nameOf(each.binding), to: nameOf(each.role), label: '' },
      ]),
    );
  }
  const lines = answers
    .filter(({ subject }) => subject.name !== 'system:masters')
    .map((each) => {
      const scope = each.scope === '*' ? 'everywhere' : `in namespace ${each.scope}`;
      return `  ${nameOf(each.subject)} ${scope}\n      by ${nameOf(each.binding)}${placeText(each.binding.place)}, rule ${each.role.rule} of ${nameOf(each.role)}${placeText(each.role.place)}\n`;
    });
  const head = answers.length === 0 ? `Nobody whom a binding names can ${asked}` : `Who can ${asked}`;
  return `${head}\n${lines.join('')}  Group system:masters passes every authorizer\n`;
}

/** `--can-i`: yes or no, and why. */
export function canI(
  { request, namespaces }: Question,
  user: User,
  world: RbacWorld,
  facts: RbacFacts,
  format: RbacFormat,
): { readonly text: string; readonly allowed: boolean } {
  const bypass = user.groups.includes('system:masters');
  const { grant } = world.authorize(user, request);
  const allowed = bypass || grant !== undefined;
  const elsewhere = allowed
    ? []
    : namespaces.filter((namespace) => world.authorize(user, { ...request, namespace }).grant !== undefined);
  const why = grant === undefined ? undefined : answerOf(grant.subject, grant.binding, grant.rule, facts);
  if (format === 'json') {
    return { allowed, text: json({ request: plain(request), user, allowed, grant: why ?? null, elsewhere }) };
  }
  if (format !== 'text') {
    const edges =
      why === undefined
        ? []
        : [
            { from: user.name, to: nameOf(why.binding), label: '' },
            { from: nameOf(why.binding), to: nameOf(why.role), label: '' },
          ];
    return { allowed, text: graph(format, edges) };
  }
  if (bypass) return { allowed, text: 'yes: group system:masters passes every authorizer\n' };
  if (why !== undefined) {
    return {
      allowed,
      text: `yes: ${nameOf(why.binding)}${placeText(why.binding.place)} gives ${nameOf(why.subject)} ${nameOf(why.role)}${placeText(why.role.place)}\n`,
    };
  }
  const hint = elsewhere.length === 0 ? '' : `; but in namespace ${elsewhere.join(', ')}`;
  return { allowed, text: `no: nothing lets ${user.name} ${describeRequest(request, false)}${hint}\n` };
}

/** `--escalations`: every way to cluster-admin or to a node. */
export function escalations(facts: RbacFacts, format: RbacFormat): string {
  const graphOf = facts.escalation();
  const paths: Path[] = [];
  for (const key of graphOf.holders.keys()) {
    const admin = graphOf.path(key, 'cluster-admin');
    const node = graphOf.path(key, 'node');
    const certain = [admin, node].find((path) => path !== undefined && !path.maybe);
    const path = certain ?? admin ?? node;
    if (path !== undefined) paths.push(path);
  }
  if (format === 'json') {
    return json({
      paths: paths.map((path) => ({
        subject: subjectData(path.subject),
        goal: path.goal,
        certain: !path.maybe,
        steps: path.steps.map((step) => ({
          from: vertexName(step.from),
          to: vertexName(step.to),
          text: step.text,
          certain: !step.maybe,
          evidence: evidenceOf(step, facts),
        })),
      })),
    });
  }
  if (format !== 'text') {
    return graph(
      format,
      paths.flatMap(({ steps }) =>
        steps.map((step) => ({ from: vertexName(step.from), to: vertexName(step.to), label: step.text })),
      ),
    );
  }
  if (paths.length === 0) return 'Nobody whom a binding names can become cluster-admin or take a node\n';
  return paths.map((path) => pathText(path, facts)).join('\n');
}

/** No question asked: who is named, and what it gives them. */
export function subjects(facts: RbacFacts, format: RbacFormat): string {
  const rows: { subject: Subject; binding: Binding }[] = [];
  for (const binding of facts.analysis.bindings) {
    for (const subject of binding.subjects) {
      const namespace = subject.kind === 'ServiceAccount' ? subject.namespace || binding.namespace : subject.namespace;
      rows.push({ subject: { ...subject, namespace }, binding });
    }
  }
  const data = rows.map(({ subject, binding }) => ({
    subject: subjectData(subject),
    scope: binding.namespace === '' ? '*' : binding.namespace,
    binding: objectData(binding, facts),
    role: {
      kind: binding.roleRef.kind,
      name: binding.roleRef.name,
      found: facts.analysis.roleOf(binding) !== undefined,
    },
  }));
  data.sort((one, other) => compare(JSON.stringify(one), JSON.stringify(other)));
  if (format === 'json') return json({ bindings: data });
  if (format !== 'text') {
    return graph(
      format,
      data.map((each) => ({
        from: nameOf(each.subject),
        to: nameOf(each.role),
        label: each.scope === '*' ? 'everywhere' : `in ${each.scope}`,
      })),
    );
  }
  if (data.length === 0) return 'The input holds no bindings\n';
  return data
    .map((each) => {
      const scope = each.scope === '*' ? 'everywhere' : `in namespace ${each.scope}`;
      const missing = each.role.found ? '' : ' (not defined)';
      return `${nameOf(each.subject)} has ${nameOf(each.role)}${missing} ${scope}, by ${nameOf(each.binding)}${placeText(each.binding.place)}\n`;
    })
    .join('');
}

function pathText(path: Path, facts: RbacFacts): string {
  const goal = path.goal === 'node' ? 'take over a node' : 'become cluster-admin';
  const lines = [`${nameOf(subjectData(path.subject))} ${path.maybe ? 'may' : 'can'} ${goal}: ${describePath(path)}\n`];
  let number = 0;
  for (const step of path.steps) {
    const evidence = evidenceOf(step, facts);
    if (evidence.length === 0) continue;
    number++;
    if (step.holdings.length === 0) {
      lines.push(`  ${number}. ${step.text}${placeText(evidence[0]!.place)}\n`);
      continue;
    }
    const certain = step.maybe ? ' (perhaps)' : '';
    lines.push(`  ${number}. ${vertexName(step.from)} ${step.text}${certain}\n`);
    for (const each of evidence) lines.push(`       ${each.text}${placeText(each.place)}\n`);
  }
  return lines.join('');
}

function evidenceOf(step: Step, facts: RbacFacts): { readonly text: string; readonly place: Place | null }[] {
  const found: { text: string; place: Place | null }[] = [];
  for (const holding of step.holdings) {
    const { rule, binding } = holding;
    found.push({ text: `rule ${rule.index} of ${nameOf(rule.role)}`, place: rulePlace(holding, facts) });
    found.push({ text: `by ${nameOf(binding)}`, place: placeOf(binding, facts) });
  }
  if (step.workload !== undefined) {
    const workload = facts.workloads[step.workload]!;
    const node = workload.control === undefined ? undefined : workload.resource.root.at(workload.control.path);
    const place = placeOfNode(node ?? workload.resource.metadata.get('name'));
    found.push({ text: step.text, place });
  }
  return found;
}

function answerOf(subject: Subject, binding: Binding, rule: EffectiveRule, facts: RbacFacts): Answer {
  const namespace = subject.kind === 'ServiceAccount' ? subject.namespace || binding.namespace : '';
  const role = facts.resourceOf(rule.role)?.root.at(['rules', rule.index]);
  return {
    subject: { kind: subject.kind, ...(namespace === '' ? {} : { namespace }), name: subject.name },
    scope: binding.namespace === '' ? '*' : binding.namespace,
    binding: objectData(binding, facts),
    role: { ...objectData(rule.role, facts), rule: rule.index, place: role === undefined ? null : placeOfNode(role) },
  };
}

function objectData(object: RbacObject, facts: RbacFacts): Answer['binding'] {
  const { kind, namespace, name } = object;
  return { kind, ...(namespace === '' ? {} : { namespace }), name, place: placeOf(object, facts) };
}

function subjectData({ kind, namespace, name }: Subject): Answer['subject'] {
  return { kind, ...(kind === 'ServiceAccount' && namespace !== '' ? { namespace } : {}), name };
}

function placeOf(object: RbacObject, { resourceOf }: RbacFacts): Place | null {
  const resource = resourceOf(object);
  return resource === undefined ? null : placeOfNode(resource.metadata.get('name'));
}

function rulePlace({ rule }: Holding, { resourceOf }: RbacFacts): Place | null {
  const node = resourceOf(rule.role)?.root.at(['rules', rule.index]);
  return node === undefined ? null : placeOfNode(node);
}

function placeOfNode(node: AnyNode): Place {
  const { file } = node.document;
  const { start } = node.isMap || node.isList ? node.anchor : node.span;
  return { file: file.path, line: file.position(start).line };
}

function placeText(place: Place | null): string {
  return place === null ? ' (built in)' : ` (${place.file}:${place.line})`;
}

function nameOf({
  kind,
  namespace,
  name,
}: {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}): string {
  return `${kind} ${namespace === undefined || namespace === '' ? '' : `${namespace}/`}${name}`;
}

function describeRequest(
  { verb, apiGroup, resource, subresource, name, namespace, path }: Request,
  anywhere: boolean,
): string {
  if (resource === '') return `${verb} ${path}`;
  const group = apiGroup === '' ? '' : `.${apiGroup}`;
  const what = `${resource}${group}${subresource === '' ? '' : `/${subresource}`}${name === '' ? '' : ` "${name}"`}`;
  const where = namespace !== '' ? ` in namespace ${namespace}` : anywhere ? ' in some namespace or everywhere' : '';
  return `${verb} ${what}${where}`;
}

function plain(request: Request): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== ''));
}

function keyOf({ subject, scope, binding }: Answer): string {
  return JSON.stringify([subject.kind, subject.namespace ?? '', subject.name, scope, binding.name]);
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** Each edge once, nodes numbered as they come. */
function graph(format: 'dot' | 'mermaid', edges: readonly GraphEdge[]): string {
  const ids = new Map<string, string>();
  const idOf = (name: string): string => {
    const id = ids.get(name) ?? `n${ids.size}`;
    ids.set(name, id);
    return id;
  };
  const lines = new Set<string>();
  for (const { from, to, label } of edges) {
    const [source, target] = [idOf(from), idOf(to)];
    if (format === 'dot') lines.add(`  ${source} -> ${target}${label === '' ? '' : ` [label=${quoted(label)}]`};`);
    else lines.add(`  ${source} -->${label === '' ? '' : `|${mermaidText(label)}|`} ${target}`);
  }
  const nodes = [...ids].map(([name, id]) =>
    format === 'dot' ? `  ${id} [label=${quoted(name)}];` : `  ${id}[${mermaidText(name)}]`,
  );
  return format === 'dot'
    ? `digraph rbac {\n  rankdir=LR;\n${[...nodes, ...lines].join('\n')}\n}\n`
    : `flowchart LR\n${[...nodes, ...lines].join('\n')}\n`;
}

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', ' ')}"`;
}

function mermaidText(text: string): string {
  return `"${text.replaceAll('"', '#quot;').replaceAll('\n', ' ')}"`;
}
