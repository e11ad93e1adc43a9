import { parsePackages } from './packages.js';
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

  test('takes the first alternative that exists', async () => {
    const index = packages({ Package: 'a', Depends: 'gone | b | c' }, { Package: 'b' }, { Package: 'c' });
    expect(await names(index, ['a'])).toEqual(['a', 'b']);
  });

  test('prefers an alternative that is there already, whatever the order of the list', async () => {
    const index = packages({ Package: 'a', Depends: 'b | c' }, { Package: 'b' }, { Package: 'c' });
    expect(await names(index, ['a', 'c'])).toEqual(['a', 'c']);
  });

  test('a virtual package is provided by the first real one by name', async () => {
    const index = packages(
      { Package: 'a', Depends: 'mta' },
      { Package: 'postfix', Provides: 'mta' },
      { Package: 'exim', Provides: 'mta' },
    );
    expect(await names(index, ['a'])).toEqual(['a', 'exim']);
  });

  test('a versioned dependency is not met by an unversioned Provides', async () => {
    const index = packages(
      { Package: 'a', Depends: 'v (>= 2)' },
      { Package: 'b', Provides: 'v' },
      { Package: 'c', Provides: 'v (= 2)' },
    );
    expect(await names(index, ['a'])).toEqual(['a', 'c']);
  });

  test('exclude leaves a package out, with what only it needs', async () => {
    const index = packages(
      { Package: 'a', Depends: 'b, d' },
      { Package: 'b', Depends: 'c' },
      { Package: 'c' },
      { Package: 'd' },
    );
    expect(await names(index, ['a'], ['b'])).toEqual(['a', 'd']);
  });

  test('cycles end', async () => {
    const index = packages({ Package: 'a', Depends: 'b' }, { Package: 'b', Depends: 'a' });
    expect(await names(index, ['a'])).toEqual(['a', 'b']);
  });

  test('architecture qualifiers and the newest version', async () => {
    const index = packages(
      { Package: 'a', Depends: 'b:any (>= 2)' },
      { Package: 'b', Version: '1' },
      { Package: 'b', Version: '10' },
    );
    expect(resolvePackages(await index, ['a'])[1].package.version).toBe('10');
  });

  test('an unknown name and an unsatisfiable dependency name the culprit', async () => {
    const index = await packages({ Package: 'a', Depends: 'b (>= 2)' }, { Package: 'b', Version: '1' });
    expect(() => resolvePackages(index, ['x'])).toThrow(expect.objectContaining({ code: 'unknown-package' }));
    expect(() => resolvePackages(index, ['a'])).toThrow('a needs b (>= 2), which the suite lacks');
  });
});

function packages(...paragraphs: Record<string, string>[]): Promise<PackageIndex> {
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
  /** In pieces that cut lines in two. */
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < text.length; at += 7) yield Buffer.from(text.slice(at, at + 7));
  }
  return parsePackages(pieces());
}
