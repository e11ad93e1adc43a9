import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packedPackages, type PackedSet } from './workspace/packed.js';

const LINT = join(__dirname, 'published/lint.mjs');
/** What a reader of a package's page finds, and what npm shows there. */
const FIELDS = ['description', 'license', 'homepage', 'bugs', 'repository', 'engines', 'publishConfig'];

let packages: PackedSet['packages'];
beforeAll(async () => {
  ({ packages } = await packedPackages());
});

const filesOf = (tarball: string) =>
  execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' })
    .trim()
    .split('\n')
    .map((path) => path.replace(/^package\//, ''));

it('every package says where it comes from, and has its licence and a README', () => {
  for (const { name, manifest, tarball } of packages) {
    const fields = Object.keys(JSON.parse(manifest));
    expect([name, FIELDS.filter((field) => !fields.includes(field))]).toEqual([name, []]);
    expect(filesOf(tarball)).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
  }
});

it('no package has tests, maps to sources that are not there, or files of the build', () => {
  const left = packages.flatMap(({ name, tarball }) =>
    filesOf(tarball)
      .filter((file) => /\.map$|\.spec\.|__tests__|__fixtures__|tsbuildinfo|dist\/build-id$/.test(file))
      .map((file) => `${name}/${file}`),
  );
  expect(left).toEqual([]);
});

it('no package runs a script when it is installed', () => {
  for (const { manifest } of packages) expect(JSON.parse(manifest).scripts ?? {}).toEqual({});
});

it('all files that an export names are there', () => {
  for (const { name, manifest, tarball } of packages) {
    const files = filesOf(tarball);
    const { main = [], types = [], exports = {}, generators = [], executors = [] } = JSON.parse(manifest);
    const named = [main, types, generators, executors, targetsOf(exports)]
      .flat()
      .map((path: string) => path.replace(/^\.\//, ''));
    const there = (path: string) =>
      path.includes('*')
        ? files.some((file) => file.startsWith(path.split('*')[0]) && file.endsWith(path.split('*')[1]))
        : files.includes(path);
    expect([name, named.filter((path) => !there(path))]).toEqual([name, []]);
    expect([name, Object.keys(exports)]).not.toEqual([name, expect.arrayContaining(['./*'])]);
  }
});

it('publint and "are the types wrong" find no fault', () => {
  const tarballs = packages.map(({ tarball }) => tarball);
  expect(execFileSync(process.execPath, [LINT, ...tarballs], { encoding: 'utf8' })).toBe('');
});

function targetsOf(exports: Record<string, string | Record<string, string>>): string[] {
  return Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target),
  );
}
