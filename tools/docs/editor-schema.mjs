// The schema that editors use: that of the YAML, with the formats and the images of the base set to complete.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { load, readJson, readText, root } from './sources.mjs';

export const EDITOR_SCHEMA = 'packages/nx-linuxkit/schema/linuxkit.schema.json';

const SPEC = 'packages/spec/schema/linuxkit.schema.json';
const PACKAGE = '@pkg:@nx-linuxkit/images/';

/** The text of the schema, as JSON. */
export function editorSchema() {
  const schema = readJson(SPEC);
  const { Kernel, Container, Output } = schema.definitions;
  const images = baseSet();
  const at = (...places) => images.filter(({ place }) => places.includes(place));
  schema.$id = 'https://unpkg.com/nx-linuxkit/schema/linuxkit.schema.json';
  complete(Kernel.properties.image, at('kernel'));
  complete(schema.properties.init.items, at('init'));
  complete(Container.properties.image, at('onboot', 'services', 'either'));
  const { formats } = load('packages/formats/src/index.ts');
  Output.properties.format.enum = formats.map(({ name }) => name);
  Output.properties.format.markdownEnumDescriptions = formats.map(({ description }) => description);
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** Editors offer examples, and accept any other reference. */
function complete(property, images) {
  property.examples = images.map(({ name }) => `${PACKAGE}${name}`);
}

/** The images of the base set that a YAML names, and the place of each, from the table in its README. */
function baseSet() {
  const rows = readText('images/README.md').matchAll(/^\| `([a-z0-9_-]+)` *\| `?([a-z]+)`? *\|/gm);
  const images = [...rows].map(([, name, place]) => ({ name, place }));
  const missing = images.filter(({ name }) => !existsSync(join(root, 'images', name, 'build.yml')));
  if (missing.length > 0) throw new Error(`images/README.md names ${missing[0].name}, which is not there`);
  return images;
}
