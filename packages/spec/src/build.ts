import { formatJson } from './go-json.js';
import type { BuildYml } from './build-yml.js';
import { throwProblems } from './problem.js';
import { adapt } from './schema/adapt.js';
import { decodeAsGo } from './schema/decode-as-go.js';
import { orderKeys } from './schema/order.js';
import { buildSchema, definition, linuxkitSchema, type JsonSchema } from './schema/schemas.js';
import { violations } from './schema/validate.js';
import { parseYaml, type YamlDocument } from './yaml/document.js';

/** A checked `build.yml`. `where` and `whereKey` give the file, line and column of a value and of a key. */
export interface BuildDocument<Extension = object> extends Pick<YamlDocument, 'where' | 'whereKey'> {
  readonly value: BuildYml & Extension;
}

/**
 * Returns the schema of a `build.yml` with `properties` added to LinuxKit's own keys. The properties may refer to
 * `definitions` by `#/definitions/<name>`.
 */
export function extendBuildSchema(
  properties: Readonly<Record<string, JsonSchema>>,
  definitions: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return { ...buildSchema, properties: { ...buildSchema.properties, ...properties }, definitions };
}

/** A `build.yml` that is a mapping, whatever its keys are. */
export interface ParsedBuild {
  /**
   * Checks it against a schema; without one, against that of LinuxKit's own keys, which are read as its tool decodes them:
   * `network: yes`, `arches:` without a value, a number where text is wanted. Throws `SpecError`: `bad-document`.
   */
  check<Extension = object>(schema?: JsonSchema): BuildDocument<Extension>;
}

/** Parses the text of a `build.yml`. `file` appears in errors only. Throws `SpecError`: `bad-yaml`, `bad-document`. */
export function parseBuild(file: string, text: string): ParsedBuild {
  const parsed = parseYaml(text, file);
  return {
    check<Extension>(schema: JsonSchema = buildSchema) {
      const document = parsed.adapted((root) =>
        adapt(decodeAsGo(root, buildSchema), schema, { scalarsAsText: true }),
      );
      throwProblems(violations(document, schema));
      return document as unknown as BuildDocument<Extension>;
    },
  };
}

/**
 * Reads the text of a `build.yml` and checks it: `parseBuild` and its `check`.
 *
 * Throws `SpecError`: `bad-yaml`, `bad-document`.
 * Source: LinuxKit, docs/packages.md and src/cmd/linuxkit/pkglib.
 */
export function readBuild<Extension = object>(
  file: string,
  text: string,
  schema?: JsonSchema,
): BuildDocument<Extension> {
  return parseBuild(file, text).check(schema);
}

/** Writes the `config` of a `build.yml` as the label `org.mobyproject.config`: JSON, in LinuxKit's order of keys. */
export function formatLabel(config: NonNullable<BuildYml['config']>): string {
  return formatJson(orderKeys(config, definition('Container'), linuxkitSchema));
}
