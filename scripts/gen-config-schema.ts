/** Writes schemas/config.schema.json from the definition that the program itself checks configurations with. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { configSchema } from '../src/config/schema.ts';
import { rules } from '../src/rules/index.ts';

const schema = z.toJSONSchema(configSchema, { target: 'draft-7', reused: 'inline' }) as JsonSchema;
const setting = schema.properties?.['rules']?.additionalProperties;
const names = Object.fromEntries(rules.map(({ id, title }) => [id, { ...(setting as object), description: title }]));
schema.properties = {
  ...schema.properties,
  // Editors complete the ids; a plugin's rules are taken by the general form.
  rules: {
    ...schema.properties?.['rules'],
    properties: Object.fromEntries(
      Object.entries(names).map(([id, { description }]) => [id, { description, $ref: '#/definitions/ruleSetting' }]),
    ),
  },
};
const text = JSON.stringify({ ...schema, title: 'kubesec-lint.yaml', definitions: { ruleSetting: setting } }, null, 2);
writeFileSync(join(import.meta.dirname, '..', 'schemas', 'config.schema.json'), `${text}\n`);

interface JsonSchema {
  description?: string;
  $ref?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
}
