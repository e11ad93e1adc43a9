import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { preProcessFile } from 'typescript';

const ROOT = join(__dirname, '..');
/** Folders in which no files may import each other in a circle. */
const FOLDERS = [
  ...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}/src`),
  'e2e',
  'tools',
];
/** What `npm run docs` leaves. */
const NOT_OURS = /(?:^|\/)(?:node_modules|\.vitepress\/(?:cache|dist))\//;
const OWN = /^@nx-linuxkit\/([a-z-]+)(?:\/(.*))?$/;

type Imports = ReadonlyMap<string, readonly string[]>;

/** What each file of a folder imports of the same folder, by `import`, `import type`, `export … from` or `require`. */
function importsIn(folder: string): Imports {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(?:[cm]?ts|[cm]js)$/.test(path) && !NOT_OURS.test(path))
    .map((path) => join(folder, path));
  return new Map(files.map((file) => [file, importsOf(file, folder)]));
}

function importsOf(file: string, folder: string): string[] {
  const { importedFiles } = preProcessFile(readFileSync(join(ROOT, file), 'utf8'), true, true);
  return importedFiles
    .map(({ fileName }) => placeOf(fileName, file))
    .flatMap((place) => (place === undefined ? [] : (fileAt(place) ?? [])))
    .filter((imported) => !relative(folder, imported).startsWith('..'));
}

/** The path that an import means, without its extension; nothing for packages of others. */
function placeOf(specifier: string, file: string): string | undefined {
  const [, name, part = 'index'] = OWN.exec(specifier) ?? [];
  if (name) return `packages/${name}/src/${part}`;
  return specifier.startsWith('.') ? join(dirname(file), specifier).replace(/\.js$/, '') : undefined;
}

function fileAt(place: string): string | undefined {
  return [place, `${place}.ts`, `${place}/index.ts`].find(
    (path) => /\.\w+$/.test(path) && existsSync(join(ROOT, path)),
  );
}

/** Groups of files that reach each other: strongly connected components, by Tarjan's algorithm. */
function circlesOf(imports: Imports): string[][] {
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    low.set(file, order.get(file)!);
    stack.push(file);
    for (const next of imports.get(file) ?? []) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1 || imports.get(file)?.includes(file)) circles.push(circle.sort());
  };
  for (const file of imports.keys()) if (!order.has(file)) visit(file);
  return circles;
}

test.each([
  ['a line', { a: ['b'], b: ['c'], c: [] }, []],
  ['two ways to one file', { a: ['b', 'c'], b: ['d'], c: ['d'], d: [] }, []],
  ['a circle of two', { a: ['b'], b: ['a'] }, [['a', 'b']]],
  ['a circle behind a line', { a: ['b'], b: ['c'], c: ['d'], d: ['b'] }, [['b', 'c', 'd']]],
  [
    'two circles',
    { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'] },
    [
      ['c', 'd'],
      ['a', 'b'],
    ],
  ],
  ['a file that imports itself', { a: ['a'] }, [['a']]],
])('finds the circles of %s', (_, imports, circles) =>
  expect(circlesOf(new Map(Object.entries<string[]>(imports)))).toEqual(circles),
);

test.each([
  "import { a } from './a.js';",
  "import type { A } from './a.js';",
  "import { type A } from './a.js';",
  "export * from './a.js';",
  "export type { A } from './a.js';",
  "type A = import('./a.js').A;",
  "type A = typeof import('./a.js');",
  "const a = await import('./a.js');",
  "const a = require('./a.js');",
])('counts %s', (line) =>
  expect(preProcessFile(line, true, true).importedFiles.map(({ fileName }) => fileName)).toEqual(['./a.js']),
);

test('finds what a file imports of its own package, by a path or by the package’s name', () => {
  const imports = importsIn('packages/stages/src');
  expect(imports.get('packages/stages/src/plan/index.ts')).toContain('packages/stages/src/plan/os-plan.ts');
  expect(placeOf('@nx-linuxkit/stages/plan', 'packages/stages/src/index.ts')).toBe(
    'packages/stages/src/plan',
  );
});

test.each(FOLDERS)('no files of %s import each other in a circle', (folder) => {
  const imports = importsIn(folder);
  expect(imports.size).toBeGreaterThan(0);
  expect(circlesOf(imports)).toEqual([]);
});
