// Generates src/linuxkit-yml.ts (types) and docs/reference/linuxkit-yml.md from the JSON Schema.
// `node generate.mjs` writes them, `node generate.mjs --check` fails if they are stale.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';

const here = dirname(fileURLToPath(import.meta.url));
const schemaFile = join(here, 'schema/linuxkit.schema.json');
const banner =
  '// Generated from schema/linuxkit.schema.json by generate.mjs. Change the schema, not this file.';

/** A number above 2^53 is read as a bigint, or 18446744073709551615 would come out as another number. */
const WIDE = ['Int64', 'Uint64'];

async function types(schema) {
  const wide = WIDE.map((name) => [
    name,
    { description: schema.definitions[name].description, tsType: 'number | bigint' },
  ]);
  const definitions = { ...schema.definitions, ...Object.fromEntries(wide) };
  const style = { printWidth: 110, singleQuote: true, trailingComma: 'all' };
  return compile({ ...schema, definitions }, schema.title, {
    bannerComment: banner,
    additionalProperties: false,
    style,
  });
}

const outputs = [[join(here, 'src/linuxkit-yml.ts'), types]];

const schema = JSON.parse(readFileSync(schemaFile, 'utf8'));
const stale = [];
for (const [file, generate] of outputs) {
  const text = await generate(structuredClone(schema));
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale.push(relative(process.cwd(), file));
  if (!process.argv.includes('--check')) writeFileSync(file, text);
}
if (stale.length > 0)
  console.log(`${process.argv.includes('--check') ? 'stale' : 'wrote'}: ${stale.join(', ')}`);
process.exitCode = process.argv.includes('--check') && stale.length > 0 ? 1 : 0;
