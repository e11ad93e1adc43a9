import { formatJson } from './go-json.js';
import type { BuildYml } from './build-yml.js';
import { throwProblems } from './problem.js';
import { adapt } from './schema/adapt.js';
import { orderKeys } from './schema/order.js';
import { buildSchema, definition, linuxkitSchema, type JsonSchema } from './schema/schemas.js';
import { violations } from './schema/validate.js';
import { parseYaml, type YamlDocument } from './yaml/document.js';

/** A `build.yml` with the place of everything in it. */
export interface BuildDocument<Extension = object> extends Pick<YamlDocument, 'where' | 'whereKey'> {
  readonly value: BuildYml & Extension;
}

/**
 * The schema of a `build.yml` with more keys than LinuxKit's own. A caller keeps the result: what is made of
 * a schema is cached by its identity.
 */
export function extendBuildSchema(
  properties: Readonly<Record<string, JsonSchema>>,
  definitions: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return { ...buildSchema, properties: { ...buildSchema.properties, ...properties }, definitions };
}

/** Reads a `build.yml`. LinuxKit decodes it without a schema, so a string may be written as a number. */
export function readBuild<Extension = object>(
  file: string,
  text: string,
  schema: JsonSchema = buildSchema,
): BuildDocument<Extension> {
  const document = parseYaml(text, file, (root) => adapt(root, schema, { scalarsAsText: true }));
  throwProblems(violations(document, schema));
  return document as unknown as BuildDocument<Extension>;
}

/** The label `org.mobyproject.config` that the `config` of a `build.yml` becomes. */
export function formatLabel(config: NonNullable<BuildYml['config']>): string {
  return formatJson(orderKeys(config, definition('Container'), linuxkitSchema));
}
