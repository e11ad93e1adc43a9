// Generates the types in src and docs/reference/linuxkit-yml.md from the JSON Schemas.
// `node generate.mjs` writes the files, `node generate.mjs --check` fails if a file is stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { referencePage } from './reference-page.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const readSchema = (name) => JSON.parse(readFileSync(join(here, 'schema', `${name}.schema.json`), 'utf8'));
const banner = (name) =>
  `// Generated from schema/${name}.schema.json by generate.mjs. Change the schema, not this file.`;

/** These types may be a bigint, because a JavaScript number is exact up to 2^53 only. */
const WIDE = ['Int64', 'Uint64'];

function linuxkitTypes() {
  const schema = readSchema('linuxkit');
  for (const name of WIDE) {
    const { description } = schema.definitions[name];
    schema.definitions[name] = { description, tsType: 'number | bigint' };
  }
  useEntries(schema);
  return types(schema, banner('linuxkit'));
}

/** Gives lists the type of their usual entries: a removal is gone when the documents are merged. */
function useEntries(schema) {
  const entries = Object.entries(schema.definitions).filter(([, definition]) => definition.else);
  const usual = Object.fromEntries(
    entries.map(([name, definition]) => [`#/definitions/${name}`, definition.else]),
  );
  for (const property of Object.values(schema.properties)) {
    if (usual[property.items?.$ref]) property.items = usual[property.items.$ref];
  }
  for (const [name] of entries) delete schema.definitions[name];
}

function buildTypes() {
  const schema = readSchema('build');
  const { description } = schema.properties.config;
  schema.properties.config = { description, tsType: "Omit<Container, 'name' | 'image'>" };
  return types(schema, `${banner('build')}\nimport type { Container } from './linuxkit-yml.js';`);
}

function types(schema, bannerComment) {
  const style = { printWidth: 110, singleQuote: true, trailingComma: 'all', bracketSpacing: true };
  return compile(schema, schema.title, { bannerComment, additionalProperties: false, style });
}

const outputs = [
  [join(here, 'src/linuxkit-yml.ts'), linuxkitTypes],
  [join(here, 'src/build-yml.ts'), buildTypes],
  [join(here, '../../docs/reference/linuxkit-yml.md'), () => referencePage(readSchema('linuxkit'))],
];

const check = process.argv.includes('--check');
const stale = [];
for (const [file, generate] of outputs) {
  const text = await generate();
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale.push(relative(process.cwd(), file));
  if (!check) writeFileSync(file, text);
}
if (stale.length > 0) console.log(`${check ? 'stale' : 'wrote'}: ${stale.join(', ')}`);
process.exitCode = check && stale.length > 0 ? 1 : 0;
