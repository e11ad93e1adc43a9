import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { bootTest, mediumOf } from '@nx-linuxkit/machine';
import { buildMerged, linesOf, type MergedSystem } from './merged/system.js';

/** Returns the lines of the guest, without size and time of directories. */
function linesOfGuest(console: string): string[] {
  return console
    .split('\n')
    .filter((line) => line.startsWith('T '))
    .map((line) => line.slice(2).split('|'))
    .map((fields) =>
      fields[1].startsWith('4') ? [...fields.slice(0, 4), '', '', ...fields.slice(6)] : fields,
    )
    .map((fields) => fields.join('|'))
    .sort();
}

describe.each([
  ['gzip', false],
  ['gzip', true],
  ['zstd', false],
  ['zstd', true],
  ['none', true],
] as const)('a booted guest has the merged tree (%s, microcode: %s)', (compressor, ucode) => {
  let system: MergedSystem;
  let guest: string[];

  beforeAll(async () => {
    system = await buildMerged(compressor, { ucode });
    const { console } = await bootTest({
      medium: mediumOf('kernel+initrd', system.prefix) as never,
      memory: 384,
      expect: ['END-OF-TREE'],
      timeout: 120,
    });
    guest = linesOfGuest(console);
  }, 200_000);
  afterAll(() => rmSync(system.workspace, { recursive: true, force: true }));

  test('path, type, mode, owner, size, time, target and content of every entry', async () => {
    expect(guest).toEqual(await linesOf(system.tree));
  });

  test('lib/modules and another image’s lib/ lie behind the symlink lib -> usr/lib', () => {
    const paths = guest.map((line) => line.split('|')[0]);
    expect(paths).toEqual(
      expect.arrayContaining(['./usr/lib/modules/a.ko', './usr/lib/second.so', './usr/lib/libc.so', './lib']),
    );
    expect(paths.filter((path) => path.startsWith('./lib/'))).toEqual([]);
  });

  test('a hard link whose other name is overridden keeps its bytes', () => {
    const sum = (text: string) => createHash('md5').update(text).digest('hex');
    expect(guest.find((line) => line.startsWith('./links/one|'))).toContain(sum('one alone now'));
    expect(guest.find((line) => line.startsWith('./links/two|'))).toContain(sum('shared by two names'));
  });

  test('a file replaces a directory, and a directory a file', () => {
    expect(guest.find((line) => line.startsWith('./was-dir|'))).toContain('|81a4|');
    expect(guest.some((line) => line.startsWith('./was-dir/'))).toBe(false);
    expect(guest.some((line) => line.startsWith('./was-file/child|'))).toBe(true);
  });
});
