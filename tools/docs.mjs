// Generates docs/reference and the schema for editors from the sources, the generated blocks of other pages, and checks
// the tables of error codes. `node tools/docs.mjs` writes, `node tools/docs.mjs --check` fails if something is stale.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import prettier from 'prettier';
import { commandsText } from './docs/commands.mjs';
import { EDITOR_SCHEMA, editorSchema } from './docs/editor-schema.mjs';
import { formatsTable, pages } from './docs/pages.mjs';
import { errorClasses, readText, root } from './docs/sources.mjs';

const check = process.argv.includes('--check');

/** Generated blocks in hand-written pages, from `<!-- begin name -->` to `<!-- end name -->`. */
const BLOCKS = { formats: formatsTable, commands: commandsText };
const PAGES_WITH_BLOCKS = ['README.md', 'docs/guide/command.md'];
const TROUBLESHOOTING = 'docs/guide/troubleshooting.md';

async function main() {
  const texts = {
    ...Object.fromEntries(Object.entries(pages).map(([name, text]) => [`docs/reference/${name}`, text()])),
    ...Object.fromEntries(
      await Promise.all(PAGES_WITH_BLOCKS.map(async (path) => [path, await withBlocks(path)])),
    ),
    [EDITOR_SCHEMA]: await formatted(EDITOR_SCHEMA, editorSchema()),
  };
  const stale = Object.entries(texts).filter(
    ([path, text]) => !existsSync(join(root, path)) || readText(path) !== text,
  );
  if (!check) stale.forEach(([path, text]) => write(path, text));
  const problems = [
    ...(check ? stale.map(([path]) => `${path} is stale: run node tools/docs.mjs`) : []),
    ...errorProblems(),
  ];
  problems.forEach((problem) => console.error(problem));
  process.exitCode = problems.length > 0 ? 1 : 0;
}

async function withBlocks(path) {
  let text = readText(path);
  for (const [name, make] of Object.entries(BLOCKS)) {
    const block = new RegExp(`(<!-- begin ${name} -->\n)[^]*?(\n<!-- end ${name} -->)`);
    text = text.replace(block, (_, begin, end) => `${begin}\n${make()}\n${end}`);
  }
  return formatted(path, text);
}

async function formatted(path, text) {
  const file = join(root, path);
  return prettier.format(text, { ...(await prettier.resolveConfig(file)), filepath: file });
}

/** Lists error codes that the package's README does not name, and differences between codes and rows of troubleshooting. */
function errorProblems() {
  const sections = readText(TROUBLESHOOTING).split(/^## /m);
  return errorClasses().flatMap(({ package: home, name, codes }) => {
    const readme = `packages/${home}/README.md`;
    const unnamed = codes.filter((code) => !readText(readme).includes(`\`${code}\``));
    const section = sections.find((text) => text.split('\n')[0].includes(`\`${name}\``));
    if (!section) return [`${TROUBLESHOOTING} has no section for ${name}`];
    const rows = [...section.matchAll(/^\| `([a-z-]+)` *\| *\S.*\| *\S.*\|$/gm)].map(([, code]) => code);
    return [
      ...unnamed.map((code) => `${readme} does not name the error ${code}`),
      ...codes
        .filter((code) => !rows.includes(code))
        .map((code) => `${TROUBLESHOOTING}: ${name} lacks ${code}`),
      ...rows
        .filter((code) => !codes.includes(code))
        .map((code) => `${TROUBLESHOOTING}: ${name} has no ${code}`),
    ];
  });
}

function write(path, text) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`wrote ${path}`);
}

await main();
