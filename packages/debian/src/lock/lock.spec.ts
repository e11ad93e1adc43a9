import { contentsFor, readBuild } from '../contents/build.js';
import { checkLock } from './check.js';
import { formatLock, readLock } from './lock.js';
import type { PackageLock } from './lock.js';
import { selectionDigest } from './selection.js';

const pinned = {
  version: '1:1.0-1',
  path: 'pool/main/a/a/a_1%3a1.0-1_amd64.deb',
  sha256: 'a'.repeat(64),
  size: 1,
  why: 'named',
};
const lockOf = (entry: object): PackageLock => ({
  lockfileVersion: 1,
  suite: 'bookworm',
  architectures: { amd64: { selection: 'x', packages: { a: { ...pinned, ...entry } } } },
});

describe('readLock', () => {
  test('reads what formatLock wrote, sorted', () => {
    const lock = lockOf({});
    const unsorted = {
      ...lock,
      architectures: { amd64: { selection: 'x', packages: { b: pinned, a: pinned } } },
    };
    const text = formatLock(unsorted);
    expect(text.indexOf('"a"')).toBeLessThan(text.indexOf('"b"'));
    expect(formatLock(readLock(text, 'f'))).toBe(text);
  });

  test.each([
    ['a path that leads out of the archive', { path: 'pool/../../etc/passwd.deb' }, 'path: expected pool'],
    ['a URL', { path: 'http://evil.example/a.deb' }, 'path: expected pool'],
    ['an absolute path', { path: '/pool/main/a.deb' }, 'path: expected pool'],
    ['a query', { path: 'pool/a.deb?x.deb' }, 'path: expected pool'],
    ['a digest that is a path', { sha256: '../../x' }, 'sha256: expected 64 hex digits'],
    ['a digest in upper case', { sha256: 'A'.repeat(64) }, 'sha256: expected 64 hex digits'],
    ['a path that is a list', { path: ['pool/main/a.deb'] }, 'path: expected pool'],
    ['a path that is an object without a text form', { path: { toString: null } }, 'path: expected pool'],
    ['a digest that is a list', { sha256: ['a'.repeat(64)] }, 'sha256: expected 64 hex digits'],
    ['a size that is not a number', { size: '1' }, 'size: expected a number'],
    ['no version', { version: undefined }, 'version: expected a string'],
  ])('refuses %s', (_, entry, message) => {
    expect(() => readLock(JSON.stringify(lockOf(entry)), 'f')).toThrow(message);
  });

  test.each([
    ['a text that is not JSON', '{', 'not JSON'],
    ['another version', '{"lockfileVersion": 2}', 'lockfileVersion: expected 1, got 2'],
    ['null', 'null', 'lockfileVersion: expected 1'],
    ['no architectures', '{"lockfileVersion": 1, "suite": "x"}', 'expected suite and architectures'],
    [
      'null as architectures',
      '{"lockfileVersion": 1, "suite": "x", "architectures": null}',
      'expected suite and architectures',
    ],
    [
      'null as an architecture',
      '{"lockfileVersion": 1, "suite": "x", "architectures": {"amd64": null}}',
      'architectures.amd64: expected selection and packages',
    ],
    [
      'null as a package',
      '{"lockfileVersion": 1, "suite": "x", "architectures": {"amd64": {"selection": "", "packages": {"a": null}}}}',
      'architectures.amd64.packages.a: expected an object, got null',
    ],
    [
      'an unknown architecture',
      '{"lockfileVersion": 1, "suite": "x", "architectures": {"mips": {}}}',
      'unknown architecture mips',
    ],
  ])('refuses %s', (_, text, message) => {
    expect(() => readLock(text, 'f')).toThrow(
      expect.objectContaining({ code: 'bad-lock', message: expect.stringContaining(message) }),
    );
  });
});

describe('checkLock', () => {
  const build = (contents: string) => readBuild(`image: x\ncontents: ${contents}`, 'build.yml');
  const locked = (contents: string): PackageLock => {
    const selection = selectionDigest(contentsFor(build(contents), 'amd64'));
    return { lockfileVersion: 1, suite: 'bookworm', architectures: { amd64: { selection, packages: {} } } };
  };

  test('a lock stays valid when build.yml changes what does not decide about packages', () => {
    const lock = locked('{packages: [a], exclude: [b]}');
    expect(
      checkLock(
        build('{packages: [a], exclude: [b, /usr/share/**], cmd: [x], files: [{path: /x}]}'),
        lock,
        'amd64',
      ),
    ).toBeDefined();
  });

  test.each([
    '{packages: [a, b]}',
    '{packages: [a], exclude: [c]}',
    '{packages: [a], suite: trixie}',
    '{packages: [a], mergedUsr: true}',
  ])('a lock is stale when build.yml selects otherwise: %s', (contents) => {
    expect(() => checkLock(build(contents), locked('{packages: [a]}'), 'amd64', 'Run it.')).toThrow(
      expect.objectContaining({ code: 'stale-lock', hint: 'Run it.' }),
    );
  });

  test('an architecture that is not locked is an error that names it', () => {
    expect(() => checkLock(build('{packages: [a]}'), locked('{packages: [a]}'), 'arm64')).toThrow(
      'has nothing for arm64',
    );
  });

  test('each architecture has a selection of its own', () => {
    const digestFor = (architecture: 'amd64' | 'arm64') =>
      selectionDigest(contentsFor(build('{packages: ["linux-${arch}"]}'), architecture));
    expect(digestFor('amd64')).not.toBe(digestFor('arm64'));
  });
});
