import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';

/** Lower layers first: a package may use those of the layers below its own, and no other. */
const LAYERS = [
  ['errors', 'formats', 'sbom', 'inspect'],
  ['spec', 'oci', 'deflate', 'machine'],
  ['tree', 'signatures'],
  ['disk', 'debian', 'dockerfile', 'cache', 'clouds'],
  ['stages'],
  ['command'],
  ['nx-linuxkit'],
];
/** The base set: data that the plugin and the command bring along. */
const IMAGES = 'images';
/** May use every package, and be used by specs alone. */
const TESTING = 'testing';

/** Its README need not list the packages that use it. */
const USED_BY_ALL = ['errors'];

const PACKAGES = join(__dirname, '..', 'packages');
const OURS = /^(?:@nx-linuxkit\/([a-z]+)|(nx-linuxkit))(?:\/|$)/;
/** `from '…'`, `import '…'`, `import('…')`, `require('…')`, `require.resolve('…')`. */
const IMPORT = /(?:(?<!['"])\bfrom|\bimport|\bimport\(|\brequire(?:\.resolve)?\()\s*['"]([^'"\n]+)['"]/g;

interface Source {
  readonly file: string;
  readonly isSpec: boolean;
  readonly imports: readonly string[];
}

const packages = readdirSync(PACKAGES);
const rank = (name: string) => LAYERS.findIndex((layer) => layer.includes(name));
const allowed = (from: string, to: string) =>
  from === to ||
  (['nx-linuxkit', 'command'].includes(from) && to === IMAGES) ||
  (from === TESTING ? to !== 'nx-linuxkit' : rank(to) !== -1 && rank(to) < rank(from));

function sourcesOf(name: string): Source[] {
  const files = readdirSync(join(PACKAGES, name, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\.[cm]?tsx?$/.test(file))
    .map((file) => ({
      file: `packages/${name}/src/${file}`,
      isSpec: /\.spec\.ts$|__tests__|__fixtures__/.test(file),
      imports: [...readFileSync(join(PACKAGES, name, 'src', file), 'utf8').matchAll(IMPORT)].map(
        ([, to]) => to,
      ),
    }));
}

function manifestOf(name: string): Record<'dependencies' | 'peerDependencies', Record<string, string>> {
  const manifest = JSON.parse(readFileSync(join(PACKAGES, name, 'package.json'), 'utf8'));
  return { dependencies: {}, peerDependencies: {}, ...manifest };
}

/** The packages of this repository that a package depends on. */
const dependenciesOf = (name: string) =>
  Object.keys(manifestOf(name).dependencies).flatMap((to) => ourPackage(to) ?? []);

const ourPackage = (specifier: string) => OURS.exec(specifier)?.slice(1).find(Boolean);

test('every package has its place', () => {
  expect(packages.filter((name) => rank(name) === -1)).toEqual([TESTING]);
});

test.each([
  ['stages', 'tree', true],
  ['tree', 'oci', true],
  ['testing', 'stages', true],
  ['tree', 'stages', false],
  ['oci', 'spec', false],
  ['machine', 'tree', false],
  ['stages', 'testing', false],
  ['stages', 'nx-linuxkit', false],
  ['stages', 'unheard-of', false],
])('%s may use %s: %p', (from, to, expected) => expect(allowed(from, to)).toBe(expected));

describe.each(packages)('%s', (name) => {
  const sources = sourcesOf(name);

  test('its sources import packages of lower layers only', () => {
    const wrong = sources.flatMap(({ file, isSpec, imports }) =>
      imports
        .map(ourPackage)
        .filter((to) => to !== undefined && !allowed(name, to) && !(isSpec && to === TESTING))
        .map((to) => `${file} -> ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  test('no relative import leaves it', () => {
    const wrong = sources.filter(({ file, imports }) => {
      const depth = file.split('/').length - 3;
      return imports.some((to) => (/^(?:\.\.\/)+/.exec(to)?.[0].length ?? 0) / 3 > depth);
    });
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  test('package.json names packages of lower layers only', () => {
    const { dependencies, peerDependencies } = manifestOf(name);
    const used = Object.keys({ ...dependencies, ...peerDependencies }).map(ourPackage);
    expect(used.filter((to) => to !== undefined && !allowed(name, to))).toEqual([]);
  });

  test('the README says on which packages it builds, and which ones use it', () => {
    const text = readFileSync(join(PACKAGES, name, 'README.md'), 'utf8');
    const [, section = ''] = /^## Where it stands$([^]*?)(?=^## |(?![^]))/m.exec(text) ?? [];
    const below = dependenciesOf(name);
    const above = packages.filter((user) => dependenciesOf(user).includes(name));
    const expected = USED_BY_ALL.includes(name) ? below : [...below, ...above];
    expect(expected.filter((one) => !new RegExp(`\\b${one}\\b`).test(section))).toEqual([]);
  });

  test('package.json names everything that its sources import', () => {
    const { dependencies, peerDependencies } = manifestOf(name);
    const declared = new Set(Object.keys({ ...dependencies, ...peerDependencies }));
    const imported = sources.filter(({ isSpec }) => !isSpec).flatMap(({ imports }) => imports);
    const missing = imported.filter(
      (to) => isPackage(to) && !declared.has(packageOf(to)) && ourPackage(to) !== name,
    );
    expect([...new Set(missing)]).toEqual([]);
  });
});

const isPackage = (specifier: string) =>
  !specifier.startsWith('.') && !specifier.startsWith('node:') && !builtinModules.includes(specifier);
const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
