import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { formatTargetName, targetKinds } from '@nx-linuxkit/stages/plan';
import { commands } from '../packages/command/src/commands/table.js';

const ROOT = join(__dirname, '..');
const SKIPPED = /^(\.|node_modules$|dist$|tmp$|coverage$)/;

/** Commands of Nx itself that the documentation names. */
const NX = ['run', 'add', 'affected', 'g', 'graph', 'migrate', 'reset', 'run-many', 'show', 'watch'];
/** Inferred targets under their own names, and under the prefix of the guide's example. */
const TARGETS = [{}, { targetPrefix: 'os-' }].flatMap((naming) =>
  targetKinds().map((kind) => formatTargetName(kind, naming)),
);
/** Placeholders of the documentation for any format. */
const PLACEHOLDERS = ['F'];

function pagesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.test(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return pagesBelow(path);
    return entry.name.endsWith('.md') ? [relative(ROOT, path)] : [];
  });
}

const pages = pagesBelow(ROOT).sort();
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');
const withoutCode = (text: string) => text.replace(/^```[^]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
const keysOf = (file: string, key: string) => Object.keys(JSON.parse(read(file))[key]);

/** Returns the anchors that GitHub gives to headings. */
function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ +(.+)$/gm)].map(([, title]) => {
    const id = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    return count === 0 ? id : `${id}-${count}`;
  });
}

function brokenLinks(page: string): string[] {
  const targets = [...withoutCode(read(page)).matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target);
  return targets.filter((target) => {
    if (/^[a-z]+:/.test(target)) return false;
    const [path, anchor] = target.split('#');
    const file = path === '' ? page : join(dirname(page), decodeURI(path));
    if (!existsSync(join(ROOT, file))) return true;
    if (anchor === undefined) return false;
    return statSync(join(ROOT, file)).isDirectory() || !anchorsOf(read(file)).includes(anchor);
  });
}

/** Returns the code of a page, in blocks and in lines, which holds its commands. */
function codeOf(text: string): string {
  const blocks = [...text.matchAll(/^```(?:sh)?\n([^]*?)^```/gm)].map(([, code]) => code);
  const lines = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
  return [...blocks, ...lines].join('\n');
}

/** Names of the commands of nx-linuxkit; a default backend needs no name. */
function programCommands(): string[] {
  return [...commands.map(({ name }) => name), 'help', 'run'];
}

describe.each(pages)('%s', (page) => {
  it('links to what exists', () => expect(brokenLinks(page)).toEqual([]));

  it('names commands that exist', () => {
    const code = codeOf(read(page));
    const targets = [...NX, ...TARGETS, ...PLACEHOLDERS];
    const scripts = keysOf('package.json', 'scripts');
    const unknown = [
      ...[...code.matchAll(/(?:^|npx |&& )nx ([\w+-]+)/gm)].filter(([, name]) => !targets.includes(name)),
      ...[...code.matchAll(/npm run ([\w:-]+)/g)].filter(([, name]) => !scripts.includes(name)),
    ];
    expect(unknown.map(([command]) => command)).toEqual([]);
  });

  it('names commands of the program that exist', () => {
    const known = programCommands();
    const code = codeOf(read(page));
    const named = [...code.matchAll(/(?:^|[|&(] ?|npx )nx-linuxkit ([a-z]+)( [a-z-]+)?/gm)];
    const unknown = named.filter(
      ([, first, second]) =>
        !known.includes(first) && !known.some((name) => name.startsWith(`${first}${second ?? ' '}`)),
    );
    expect(unknown.map(([command]) => command)).toEqual([]);
  });

  it('names executors and generators that exist', () => {
    const known = [
      ...keysOf('packages/nx-linuxkit/executors.json', 'executors'),
      ...keysOf('packages/nx-linuxkit/generators.json', 'generators'),
    ];
    const named = [...read(page).matchAll(/\bnx-linuxkit:([a-z][a-z-]*)/g)].map(([, name]) => name);
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

it('every image of the base set has a place in images/README.md', () => {
  const text = read('images/README.md');
  const images = readdirSync(join(ROOT, 'images')).filter((name) =>
    existsSync(join(ROOT, 'images', name, 'build.yml')),
  );
  expect(images.filter((name) => !text.includes(`\`${name}\``) && !text.includes(`[${name}]`))).toEqual([]);
});
