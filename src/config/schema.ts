import * as z from 'zod';
import { PRESETS, WORLDS } from '../engine/config.ts';
import { SEVERITIES } from '../engine/finding.ts';

/**
 * The configuration file. `schemas/config.schema.json` is generated from this definition, so descriptions are what an
 * editor shows.
 */
const severity = z.enum(SEVERITIES);

/** YAML as Kubernetes reads it takes `off` for false and `on` for true; both spellings mean the same here. */
const switchOrSeverity = z.union([z.enum(['off', 'on', ...SEVERITIES]), z.boolean()]);

const ruleSetting = z
  .union([
    switchOrSeverity,
    z.strictObject({
      severity: z.union([z.enum(['off', ...SEVERITIES]), z.literal(false)]).optional(),
      options: z.record(z.string(), z.unknown()).optional().describe('Options of the rule; its page says which'),
    }),
  ])
  .describe('off, on, a severity, or a severity with options');

const rules = z.record(z.string(), ruleSetting).describe('Settings by rule id; naming a rule switches it on');

const strings = z.array(z.string().min(1));

const override = z
  .strictObject({
    files: strings.min(1).optional().describe('Patterns as in .gitignore'),
    namespaces: strings.min(1).optional().describe('Names with * and ?'),
    kinds: strings.min(1).optional().describe('Deployment, Deployment.apps, *.example.com'),
    names: strings.min(1).optional().describe('Names of objects, with * and ?'),
    rules: z.record(z.string(), switchOrSeverity).describe('off, on or a severity, by rule id'),
    reason: z.string().min(1).optional().describe('Why; every report carries it'),
  })
  .describe('Other settings where every list that is given has a match');

const podTemplate = z
  .strictObject({
    group: z.string().describe('API group, without the version'),
    kind: z.string().min(1),
    path: z
      .string()
      .regex(/^[\w-]+(\.([\w-]+|\*))*$/, 'is not of the form spec.podTemplate')
      .describe('Keys down to what holds metadata and spec of the pod; * for every item: spec.tasks.*.template'),
  })
  .describe('Where a custom workload keeps its pod template');

export const configSchema = z
  .strictObject({
    $schema: z.string().optional(),
    kubernetesVersion: z.string().optional().describe('Target release, "1.33"'),
    extends: z
      .union([z.enum(PRESETS), z.array(z.enum(PRESETS)).min(1)])
      .optional()
      .describe('Presets: the union of their rules is run'),
    rules: rules.optional(),
    ignore: strings.optional().describe('Files to leave out: patterns as in .gitignore, relative to this file'),
    overrides: z.array(override).optional(),
    plugins: strings.optional().describe('Modules with rules: paths relative to this file, or packages'),
    podTemplates: z.array(podTemplate).optional(),
    world: z.enum(WORLDS).optional().describe('Whether objects outside the input may exist'),
    failOn: z
      .enum([...SEVERITIES, 'never'])
      .optional()
      .describe('The least severity that makes the exit status 1'),
    requireReason: z.boolean().optional().describe('A suppression without a reason is a finding'),
    defaultNamespace: z.string().min(1).optional().describe('The namespace of objects that name none'),
  })
  .describe('Configuration of kubesec-lint');

export type ConfigFile = z.infer<typeof configSchema>;
export type RuleSettingInFile = z.infer<typeof ruleSetting>;
export { severity as severitySchema };
