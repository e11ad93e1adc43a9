import { pieces } from '../__tests__/bytes.js';
import { openTable, tabulatePackages } from './packages.js';
import type { PackageIndex } from './packages.js';
import { resolvePackages } from './resolve.js';

describe('resolvePackages', () => {
  const names = async (
    index: Promise<PackageIndex>,
    wanted: string[],
    exclude: string[] = [],
  ): Promise<string[]> =>
    resolvePackages(await index, wanted, { exclude }).map((resolved) => resolved.package.name);

  test('follows Pre-Depends and Depends, not Recommends', async () => {
    const index = packages(
      { Package: 'a', 'Pre-Depends': 'b', Depends: 'c (>= 1)', Recommends: 'd' },
      { Package: 'b' },
      { Package: 'c' },
      { Package: 'd' },
    );
    expect(await names(index, ['a'])).toEqual(['a', 'b', 'c']);
  });

  test('explains why a package is there', async () => {
    const index = packages({ Package: 'a', Depends: 'b | c' }, { Package: 'b' });
    expect(resolvePackages(await index, ['a']).map(({ why }) => why)).toEqual([
      'named in build.yml',
      'needed by a: b | c',
    ]);
  });

  test('chooses the first alternative that exists', async () => {
    const index = packages({ Package: 'a', Depends: 'gone | b | c' }, { Package: 'b' }, { Package: 'c' });
    expect(await names(index, ['a'])).toEqual(['a', 'b']);
  });

  test('prefers an alternative that is named, whatever the order of the list', async () => {
    const index = packages({ Package: 'a', Depends: 'b | c' }, { Package: 'b' }, { Package: 'c' });
    expect(await names(index, ['a', 'c'])).toEqual(['a', 'c']);
  });

  test('chooses the first provider of a virtual package by name', async () => {
    const index = packages(
      { Package: 'a', Depends: 'mta' },
      { Package: 'postfix', Provides: 'mta' },
      { Package: 'exim', Provides: 'mta' },
    );
    expect(await names(index, ['a'])).toEqual(['a', 'exim']);
  });

  test('a Provides without a version does not satisfy a dependency with one', async () => {
    const index = packages(
      { Package: 'a', Depends: 'v (>= 2)' },
      { Package: 'b', Provides: 'v' },
      { Package: 'c', Provides: 'v (= 2)' },
    );
    expect(await names(index, ['a'])).toEqual(['a', 'c']);
  });

  test('exclude leaves out a package and the packages that only it needs', async () => {
    const index = packages(
      { Package: 'a', Depends: 'b, d' },
      { Package: 'b', Depends: 'c' },
      { Package: 'c' },
      { Package: 'd' },
    );
    expect(await names(index, ['a'], ['b'])).toEqual(['a', 'd']);
  });

  test('circular dependencies end', async () => {
    const index = packages({ Package: 'a', Depends: 'b' }, { Package: 'b', Depends: 'a' });
    expect(await names(index, ['a'])).toEqual(['a', 'b']);
  });

  test('ignores architecture qualifiers, and chooses the newest version', async () => {
    const index = packages(
      { Package: 'a', Depends: 'b:any (>= 2)' },
      { Package: 'b', Version: '1' },
      { Package: 'b', Version: '10' },
    );
    expect(resolvePackages(await index, ['a'])[1].package.version).toBe('10');
  });

  test('errors name the unknown package, and the package whose dependency is not satisfied', async () => {
    const index = await packages({ Package: 'a', Depends: 'b (>= 2)' }, { Package: 'b', Version: '1' });
    expect(() => resolvePackages(index, ['x'])).toThrow(expect.objectContaining({ code: 'unknown-package' }));
    expect(() => resolvePackages(index, ['a'])).toThrow('a needs b (>= 2), which the suite lacks');
  });
});

describe('an index', () => {
  test.each([
    ['a path that leads out of the pool', { Filename: 'pool/../../x.deb' }, 'filename of a: expected pool/'],
    ['an absolute path', { Filename: '/pool/x.deb' }, 'filename of a: expected pool/'],
    ['a query', { Filename: 'pool/x.deb?x.deb' }, 'filename of a: expected pool/'],
    ['a digest that is a path', { SHA256: '../../x' }, 'sha256 of a: expected 64 hex digits'],
    ['a size that is no number', { Size: '1e9' }, 'size of a: expected a number of bytes'],
    ['a size beyond all files', { Size: '9'.repeat(20) }, 'size of a: expected a number of bytes'],
  ])('refuses %s', async (_, fields, message) => {
    await expect(packages({ Package: 'a', ...fields })).rejects.toMatchObject({
      code: 'bad-format',
      message: expect.stringContaining(message),
    });
  });

  test('a folded field, a field that no table has, and the newest of two versions', async () => {
    const index = await packages(
      { Package: 'a', Version: '1.9', Depends: 'b' },
      { Package: 'a', Version: '1.10', Depends: 'b,\n c', Description: 'one\n Depends: evil' },
      { Package: 'b', Essential: 'yes' },
      { Package: 'c' },
    );
    expect(index.get('a')).toMatchObject({ version: '1.10', depends: [[{ name: 'b' }], [{ name: 'c' }]] });
    expect([index.get('a')?.essential, index.get('b')?.essential]).toEqual([false, true]);
  });

  test('a tab in a value does not become a column', async () => {
    const index = await packages({ Package: 'a', Version: '1\t2', Depends: 'b\t(>= 1)' }, { Package: 'b' });
    expect(index.get('a')).toMatchObject({ version: '1 2', sha256: '0'.repeat(64) });
    expect(index.get('a')?.depends).toEqual([[{ name: 'b', operator: '>=', version: '1' }]]);
  });

  test('a path may begin with a point, as in flat archives', async () => {
    const index = await packages({ Package: 'a', Filename: './pool/main/a.deb' });
    expect(index.get('a')?.path).toBe('pool/main/a.deb');
  });
});

async function packages(...paragraphs: Record<string, string>[]): Promise<PackageIndex> {
  const text = paragraphs
    .map((fields) => ({
      Version: '1',
      Filename: `pool/main/x/${fields.Package}.deb`,
      SHA256: '0'.repeat(64),
      Size: '1',
      ...fields,
    }))
    .map((fields) =>
      Object.entries(fields)
        .map(([key, value]) => `${key}: ${value}\n`)
        .join(''),
    )
    .join('\n');
  return openTable(await tabulatePackages(pieces(Buffer.from(text))));
}
