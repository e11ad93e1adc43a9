import { join } from 'node:path';
import type { Inode } from '@nx-linuxkit/tree';
import fc from 'fast-check';
import { inodeOf } from './__tests__/sample-tree.js';
import { run, scratch } from './__tests__/tools.js';
import { ROOT_FILE_SYSTEMS, type RootFileSystem } from './root-file-systems.js';
import { fittingXattrs } from './root-xattrs.js';

const dir = scratch();
const FILE_SYSTEMS = Object.keys(ROOT_FILE_SYSTEMS) as RootFileSystem[];
const withXattrs = (xattrs: Iterable<[string, Uint8Array]>): Inode => ({
  ...inodeOf('file', 0o644),
  xattrs: new Map(xattrs),
});
const VALUE = Buffer.from('v');

test.each([
  ['user.a', ['squashfs', 'erofs']],
  ['trusted.overlay.opaque', ['squashfs', 'erofs']],
  ['security.capability', ['squashfs', 'erofs']],
  ['system.posix_acl_access', ['erofs']],
  ['system.posix_acl_default', ['erofs']],
  ['system.posix_acl_accessory', []],
  ['system.nfs4_acl', []],
  ['com.apple.provenance', []],
  ['com.apple.quarantine', []],
  ['user.', []],
  ['user', []],
  ['User.a', []],
  ['user.a\0b', []],
  [`user.${'a'.repeat(250)}`, ['squashfs', 'erofs']],
  [`user.${'a'.repeat(251)}`, []],
  [`user.${'ä'.repeat(126)}`, []],
])('%j fits %j', (name, fileSystems) => {
  const inode = withXattrs([[name, VALUE]]);
  for (const fileSystem of FILE_SYSTEMS) {
    const fit = fittingXattrs(fileSystem, inode);
    expect([fileSystem, fit.leftOut]).toEqual([fileSystem, fileSystems.includes(fileSystem) ? [] : [name]]);
    expect([...fit.inode.xattrs!.keys()]).toEqual(fileSystems.includes(fileSystem) ? [name] : []);
  }
});

test.each([
  [65535, []],
  [65536, ['erofs']],
  [65537, ['erofs', 'squashfs']],
])('a value of %i bytes is left out by %j', (length, by) => {
  const inode = withXattrs([['user.a', Buffer.alloc(length)]]);
  for (const fileSystem of ['erofs', 'squashfs'] as const)
    expect(fittingXattrs(fileSystem, inode).leftOut).toEqual(by.includes(fileSystem) ? ['user.a'] : []);
});

test('an inode whose attributes all fit is the same object, so that hard links stay', () => {
  const inode = withXattrs([['user.a', VALUE]]);
  expect(fittingXattrs('squashfs', inode).inode).toBe(inode);
  expect(fittingXattrs('squashfs', inodeOf('file', 0o644)).leftOut).toEqual([]);
});

/** How a tool of its own checks a file system. */
const CHECKS: Record<RootFileSystem, (path: string) => string> = {
  squashfs: (path) => run('unsquashfs', '-ll', path),
  erofs: (path) => run('fsck.erofs', path),
  iso9660: (path) => run('isoinfo', '-R', '-f', '-i', path),
};

test.each(FILE_SYSTEMS)('%s holds what is left of any attributes', async (fileSystem) => {
  const prefix = fc.constantFrom(
    'user.',
    'trusted.',
    'security.',
    'system.posix_acl_access',
    'com.apple.',
    '',
  );
  const codePoint = fc.integer({ min: 0, max: 0x10ffff }).filter((point) => point >> 11 !== 0x1b);
  const name = fc
    .tuple(prefix, fc.array(codePoint, { maxLength: 300 }))
    .map(([start, points]) => start + String.fromCodePoint(...points));
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(40_000, 65_535, 65_536).map((length) => new Uint8Array(length)),
  );
  const xattrs = fc.array(fc.tuple(name, value), { maxLength: 12 });
  let number = 0;
  await fc.assert(
    fc.asyncProperty(xattrs, async (all) => {
      const { inode } = fittingXattrs(fileSystem, withXattrs(all));
      const path = join(dir, `${fileSystem}-${number++}`);
      const root = { ...inodeOf('dir', 0o755), xattrs: inode.xattrs };
      await ROOT_FILE_SYSTEMS[fileSystem](
        [
          { path: '', inode: root },
          { path: 'f', inode },
        ],
        path,
      );
      expect(() => CHECKS[fileSystem](path)).not.toThrow();
    }),
    { numRuns: 40 },
  );
});
