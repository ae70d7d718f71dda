/** For writing rules of one's own: `import { defineRule } from 'kubesec-lint/plugin'`. */
export type { Finding, Fix, Place, Severity } from './engine/finding.ts';
export { type Collected, defineFact, type Fact, type Project } from './engine/project.ts';
export {
  type AnyRule,
  defineRule,
  type Example,
  type Frameworks,
  type OptionsSpec,
  type Preset,
  type Rule,
  type RuleContext,
  type RuleDocs,
  type Target,
} from './engine/rule.ts';
export type { ContainerView } from './k8s/container.ts';
export type { PodView } from './k8s/pod.ts';
export type { Resource, ResourceHead, ResourceId } from './k8s/resource.ts';
export type { KubeVersion } from './k8s/version.ts';
export type { Document } from './yaml/document.ts';
export type { AnyNode, Node } from './yaml/node.ts';

import type { AnyRule } from './engine/rule.ts';

/** What the default export of a plugin module is. The ids of its rules begin with its name: `acme/internal-registry`. */
export interface Plugin {
  readonly name: string;
  readonly rules: readonly AnyRule[];
}
