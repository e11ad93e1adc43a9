import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, linkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { leastCpuTime } from '../__tests__/cpu-time.js';
import {
  dir,
  file,
  hardlink,
  indexOf,
  pax,
  rawMember,
  rawTar,
  symlink,
  type RawMember,
} from '../__tests__/raw-tar.js';
import { TarIndexer } from './indexer.js';

const END = Buffer.alloc(1024);
const base256 = (length: number, value: bigint): Buffer => {
  const out = Buffer.alloc(length);
  for (let k = length - 1, rest = BigInt.asUintN(8 * length, value); k >= 0; k -= 1, rest >>= 8n)
    out[k] = Number(rest & 255n);
  out[0]! |= 0x80;
  return out;
};

describe('reads', () => {
  const one = (...members: RawMember[]) => indexOf(rawTar(members))[0]!;

  it('the types, ids, times and offsets of ustar', () => {
    const entries = indexOf(
      rawTar([
        dir('d/'),
        { ...file('d/f', 'hello', 0o4755), uid: 12, gid: 34, mtime: 56 },
        symlink('../up', 'l'),
        hardlink('./d/f', 'h'),
        { name: 'n', flag: '3', device: [5, 1] },
        { name: 'b', flag: '4', device: [7, 0] },
        { name: 'p', flag: '6' },
      ]),
    );
    expect(entries.map(({ path, type, target, device }) => [path, type, target ?? device])).toEqual([
      ['d', 'dir', undefined],
      ['d/f', 'file', undefined],
      ['l', 'symlink', '../up'],
      ['h', 'hardlink', 'd/f'],
      ['n', 'char', [5, 1]],
      ['b', 'block', [7, 0]],
      ['p', 'fifo', undefined],
    ]);
    expect(entries[1]).toEqual({
      path: 'd/f',
      type: 'file',
      mode: 0o4755,
      uid: 12,
      gid: 34,
      mtime: 56,
      size: 5,
      offset: 1024,
    });
  });

  it.each<[string, RawMember[], object]>([
    ['a ustar prefix', [{ ...file('n'), prefix: 'p/q' }], { path: 'p/q/n' }],
    ['no prefix in GNU format', [{ ...file('n'), prefix: 'junk', magic: 'ustar  \0' }], { path: 'n' }],
    ['no prefix in V7 format', [{ ...file('n'), prefix: 'junk', magic: '' }], { path: 'n' }],
    ['a name of 100 bytes, without NUL', [file('x'.repeat(100))], { path: 'x'.repeat(100) }],
    ['PAX path', [pax({ path: 'long/é' }), file('short')], { path: 'long/é' }],
    [
      'PAX path that is not UTF-8',
      [pax({ path: Buffer.from([0x61, 0xff]) }), file('x')],
      { path: 'a\udcff' },
    ],
    ['PAX linkpath', [pax({ linkpath: 'far' }), symlink('near', 'l')], { target: 'far' }],
    [
      'PAX ids and time with fraction',
      [pax({ uid: '70000', gid: '3000000000', mtime: '1.9' }), file('f')],
      { uid: 70000, gid: 3000000000, mtime: 1 },
    ],
    ['a PAX time before 1970, rounded down', [pax({ mtime: '-1.5' }), file('f')], { mtime: -2 }],
    [
      'an empty PAX value as unset',
      [pax({ path: '', uid: '' }), { ...file('f'), uid: 7 }],
      { path: 'f', uid: 7 },
    ],
    [
      'PAX xattrs, any bytes',
      [pax({ 'SCHILY.xattr.security.capability': Buffer.from([1, 0, 10, 61]) }), file('f')],
      { xattrs: { 'security.capability': 'AQAKPQ==' } },
    ],
    ['unknown PAX keys', [pax({ comment: 'x', 'VENDOR.key': 'y' }), file('f')], { path: 'f' }],
    ['global PAX times and owners', [pax({ mtime: '5', comment: 'c' }, 'g'), file('f')], { mtime: 5 }],
    ['a Solaris extended header', [pax({ path: 'sun' }, 'X'), file('f')], { path: 'sun' }],
    [
      'a GNU long name',
      [{ name: '././@LongLink', flag: 'L', body: 'a/long/name\0' }, file('a/lo')],
      { path: 'a/long/name' },
    ],
    [
      'a GNU long link',
      [{ name: '././@LongLink', flag: 'K', body: 'a/long/target\0' }, symlink('a/lo', 'l')],
      { target: 'a/long/target' },
    ],
    [
      'PAX before a GNU long name: PAX wins',
      [pax({ path: 'pax' }), { name: 'L', flag: 'L', body: 'gnu\0' }, file('f')],
      { path: 'pax' },
    ],
    [
      'PAX after a GNU long name: PAX wins',
      [{ name: 'L', flag: 'L', body: 'gnu\0' }, pax({ path: 'pax' }), file('f')],
      { path: 'pax' },
    ],
    ['base-256 ids', [{ ...file('f'), uid: base256(8, 3000000n) }], { uid: 3000000 }],
    ['base-256 time before 1970', [{ ...file('f'), mtime: base256(12, -5n) }], { mtime: -5 }],
    ['numbers with leading spaces', [{ ...file('f'), uid: Buffer.from('    12 \0') }], { uid: 10 }],
    ['an empty number as 0', [{ ...file('f'), uid: Buffer.alloc(8) }], { uid: 0 }],
    [
      'a file whose name ends in a slash as a directory',
      [{ ...file('d/', ''), magic: '' }],
      { path: 'd', type: 'dir' },
    ],
    ['a contiguous file as a file', [{ ...file('f'), flag: '7' }], { type: 'file' }],
    [
      "a directory's size as 0 (old writers give the file system's)",
      [{ ...dir('d/'), size: 4096 }],
      { size: 0 },
    ],
    [
      "a hard link's size as 0 (old writers repeat the file's)",
      [{ ...hardlink('a', 'b'), size: 9 }],
      { size: 0 },
    ],
    ['mode without type bits', [file('f', '', 0o100755)], { mode: 0o755 }],
    ['the root as a directory', [dir('./', 0o700)], { path: '', mode: 0o700 }],
  ])('%s', (_, members, expected) => expect(one(...members)).toMatchObject(expected));

  it('the size of PAX, which also decides where the next header is (CVE-2025-62518)', () => {
    const inner = rawMember(file('smuggled', 'evil'));
    const entries = indexOf(
      rawTar([pax({ size: String(inner.length) }), { ...file('outer'), body: inner, size: 0 }, file('next')]),
    );
    expect(entries.map(({ path }) => path)).toEqual(['outer', 'next']);
  });

  it('a member after an empty PAX header, and nothing after the end mark', () => {
    const bytes = Buffer.concat([
      rawTar([{ name: 'x', flag: 'x' }, file('f')]),
      Buffer.from('garbage'),
      rawTar([file('g')]),
    ]);
    expect(indexOf(bytes).map(({ path }) => path)).toEqual(['f']);
  });

  it('an archive without its end mark, and an empty one', () => {
    expect(indexOf(rawMember(file('f')))).toHaveLength(1);
    expect(indexOf(Buffer.alloc(0))).toEqual([]);
    expect(indexOf(END)).toEqual([]);
  });

  it('an xattr called __proto__ as an xattr', () => {
    const entry = one(pax({ 'SCHILY.xattr.__proto__': 'x' }), file('f'));
    expect(Object.keys(entry.xattrs!)).toEqual(['__proto__']);
  });

  it('a tar inside a layer, with offsets into the layer', () => {
    expect(indexOf(rawTar([file('a')]), { base: 4096 })[0]!.offset).toBe(4096 + 512);
  });

  it('the same entries from chunks of any size', () => {
    const bytes = rawTar([
      pax({ path: 'é'.repeat(300) }),
      file('f', 'x'.repeat(1500)),
      dir('d'),
      { name: 'L', flag: 'L', body: 'y\0' },
      file('z', ''),
    ]);
    const expected = indexOf(bytes);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const indexer = new TarIndexer();
        for (let at = 0, k = 0; at < bytes.length; at += sizes[k++ % sizes.length]!) {
          indexer.write(bytes.subarray(at, at + sizes[k % sizes.length]!));
        }
        expect(indexer.end()).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});

describe('refuses', () => {
  it.each<[string, string, RawMember[] | Buffer, object?]>([
    ['a name that leads out', 'unsafe-path', [file('../x')]],
    ['a hard link that leads out', 'unsafe-path', [hardlink('../../etc/passwd', 'x')]],
    ['an empty name', 'unsafe-path', [file('')]],
    ['NUL in a PAX path', 'unsafe-path', [pax({ path: 'a\0b' }), file('f')]],
    ['NUL in a PAX linkpath', 'unsafe-path', [pax({ linkpath: 'a\0b' }), symlink('x', 'f')]],
    ['the root as a file', 'unsafe-path', [file('./', 'x'), file('.')].slice(1)],
    ['the root as a symlink', 'unsafe-path', [symlink('/etc', './')]],
    ['a symlink without a target', 'malformed', [symlink('', 'l')]],
    ['a wrong checksum', 'malformed', [{ ...file('f'), checksumError: 1 }]],
    ['something other than a tar', 'malformed', Buffer.from('<html>'.padEnd(512, ' '))],
    ['letters in a number', 'malformed', [{ ...file('f'), uid: Buffer.from('12x4567\0') }]],
    ['a body on a directory', 'malformed', [{ ...dir('d'), body: 'x' }, file('f')]],
    ['a PAX size on a directory', 'malformed', [pax({ size: '512' }), dir('d')]],
    ['a size on a file whose name ends in a slash', 'malformed', [{ ...file('d/'), size: 1 }]],
    ['a size on a fifo', 'malformed', [{ name: 'p', flag: '6', size: 1 }]],
    ['a body on a symlink', 'malformed', [{ ...symlink('a', 'l'), size: 1 }]],
    ['a PAX size on a hard link', 'malformed', [pax({ size: '512' }), hardlink('a', 'b')]],
    ['a negative PAX size', 'malformed', [pax({ size: '-1' }), file('f')]],
    ['a size beyond 2^53', 'range', [{ ...file('f'), size: base256(12, 1n << 60n) }]],
    [
      'a lone block of zeros between members',
      'malformed',
      Buffer.concat([rawMember(file('a')), Buffer.alloc(512), rawMember(file('b')), END]),
    ],
    ['two PAX headers for one member', 'malformed', [pax({ path: 'a' }), pax({ path: 'b' }), file('f')]],
    [
      'two GNU long names for one member',
      'malformed',
      [{ name: 'L', flag: 'L', body: 'a\0' }, { name: 'L', flag: 'L', body: 'b\0' }, file('f')],
    ],
    ['a global PAX path', 'malformed', [pax({ path: 'all' }, 'g'), file('f')]],
    ['a global PAX size', 'malformed', [pax({ size: '1' }, 'g'), file('f')]],
    ['an old GNU sparse file', 'unsupported', [{ ...file('f'), flag: 'S' }]],
    ['a PAX 0.1 sparse file', 'unsupported', [pax({ 'GNU.sparse.map': '0,1' }), file('f')]],
    ['a PAX 1.0 sparse file', 'unsupported', [pax({ 'GNU.sparse.major': '1' }), file('f')]],
    ['a multi-volume part', 'unsupported', [{ ...file('f'), flag: 'M' }]],
    ['an unknown type', 'unsupported', [{ ...file('f'), flag: 'Q' }]],
    ['a negative owner', 'range', [{ ...file('f'), uid: base256(8, -1n) }]],
    ['an owner of 2^32 - 1, which means none', 'range', [pax({ uid: '4294967295' }), file('f')]],
    ['a time beyond 2^53', 'range', [pax({ mtime: '99999999999999999999' }), file('f')]],
    ['a huge PAX header', 'limit', [{ name: 'x', flag: 'x', size: 2 ** 20 + 1 }]],
    ['a huge GNU long name', 'limit', [{ name: 'L', flag: 'L', size: 2 ** 31 }]],
    ['a path deeper than 1024', 'limit', [pax({ path: 'a/'.repeat(1024) + 'a' }), file('f')]],
    ['a path beyond PATH_MAX', 'too-long', [pax({ path: 'a'.repeat(4096) }), file('f')]],
    [
      'a symlink target beyond PATH_MAX',
      'too-long',
      [pax({ linkpath: 'a'.repeat(4096) }), symlink('x', 'l')],
    ],
    ['too many entries', 'limit', [file('a'), file('b'), file('c')], { entries: 2 }],
    ['too many bytes', 'limit', [file('a', 'x'.repeat(5000))], { bytes: 4096 }],
    ['too many names', 'limit', [file('aaa'), file('bbb')], { keptBytes: 5 }],
  ])('%s', (_, code, tar, limits = {}) => {
    const bytes = Buffer.isBuffer(tar) ? tar : rawTar(tar);
    expect(() => indexOf(bytes, { limits })).toThrow(expect.objectContaining({ code }));
  });

  it.each([
    ['without length', 'path=x\n'],
    ['with length 0', '0 path=x\n'],
    ['with a signed length', '+9 path=x\n'],
    ['longer than the header', '99 path=x\n'],
    ['not ended by a newline', '9 path=xy'],
    ['without =', '7 path\n'],
    ['without a key', '5 =x\n'],
    ['with words for a size', '10 size=a\n'],
  ])('a PAX record %s', (_, body) => {
    expect(() => indexOf(rawTar([{ name: 'x', flag: 'x', body }, file('f')]))).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
  });

  it('an archive cut short anywhere but between members', () => {
    const bytes = rawTar([pax({ path: 'p' }), file('f', 'x'.repeat(600)), dir('d')]);
    const whole = new Set([0, 1024 + 512 + 1024, 1024 + 512 + 1024 + 512]);
    for (let length = 0; length < bytes.length - 1024; length += 64) {
      const cut = () => indexOf(bytes.subarray(0, length));
      if (whole.has(length)) expect(cut).not.toThrow();
      else expect(cut).toThrow(expect.objectContaining({ code: 'malformed' }));
    }
  });

  it('500 damaged archives with a clear error, or gives their entries', () => {
    const bytes = rawTar([
      pax({ path: 'p', size: '600' }),
      file('f', 'x'.repeat(600)),
      symlink('a', 'b'),
      dir('d'),
    ]);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (edits) => {
          const damaged = Buffer.from(bytes);
          for (const [at, value] of edits) damaged[at] = value;
          try {
            indexOf(damaged);
          } catch (error) {
            expect(error).toHaveProperty('code');
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each<[string, RawMember[], string]>([
    ['a bad name', [file('ok'), file('../x')], 'tar member "../x" at byte 1024: name "../x" has a ".."'],
    [
      'a bad owner, by the name that PAX gives it',
      [pax({ path: 'long', uid: '4294967295' }), file('short')],
      'tar member "long" at byte 1024: expected a uid',
    ],
    ['a bad type', [{ ...file('f'), flag: 'S' }], 'tar member "f" at byte 0: it is a sparse file'],
    ['a body on a symlink', [{ ...symlink('abc', 's'), size: 3 }], 'it is a symlink and has 3 bytes'],
  ])('%s with the name and the byte of its member in the message', (_, members, message) => {
    expect(() => indexOf(rawTar([...members]))).toThrow(message);
  });
});

describe('agrees with GNU tar', () => {
  const root = mkdtempSync(join(tmpdir(), 'tree-tar-'));
  afterAll(() => rmSync(root, { recursive: true }));
  const long = 'n'.repeat(120);
  mkdirSync(join(root, 'a', long), { recursive: true });
  writeFileSync(join(root, 'a', long, 'é'), 'x'.repeat(700));
  writeFileSync(join(root, 'a', 'one'), 'one');
  linkSync(join(root, 'a', 'one'), join(root, 'a', 'two'));
  symlinkSync(`../${long}${long}`, join(root, 'a', 'link'));
  writeFileSync(join(root, Buffer.from('a/latin\xe9', 'latin1').toString('latin1')), '');

  it.each(['gnu', 'posix'])('on an archive in %s format', (format) => {
    const args = ['-C', root, `--format=${format}`, '--sort=name', '-cf', '-', 'a'];
    const bytes = execFileSync('tar', args);
    const lines = execFileSync('tar', ['-tvf', '-', '--numeric-owner', '--quoting-style=literal'], {
      input: bytes,
    })
      .toString()
      .trimEnd()
      .split('\n');
    const seen = indexOf(bytes).map((entry) => {
      const letter = { file: '-', dir: 'd', symlink: 'l', hardlink: 'h', char: 'c', block: 'b', fifo: 'p' }[
        entry.type
      ];
      const arrow =
        entry.type === 'symlink'
          ? ` -> ${entry.target}`
          : entry.type === 'hardlink'
            ? ` link to ${entry.target}`
            : '';
      return `${letter} ${entry.uid}/${entry.gid} ${entry.size} ${entry.path}${entry.type === 'dir' ? '/' : ''}${arrow}`;
    });
    const told = lines.map((line) => {
      const [mode, owner, size, , , ...name] = line.split(/ +/);
      return `${mode![0]} ${owner} ${size} ${name.join(' ')}`;
    });
    expect(seen).toEqual(told);
  });

  it('on a directory that has a size and no body', () => {
    const bytes = rawTar([{ ...dir('d/'), size: 4096 }, file('d/f', 'x')]);
    const told = execFileSync('tar', ['-tf', '-'], { input: bytes }).toString();
    expect(told).toBe('d/\nd/f\n');
    expect(indexOf(bytes).map(({ path, size }) => [path, size])).toEqual([
      ['d', 0],
      ['d/f', 1],
    ]);
  });
});

it('fileStart is the offset of the file that holds the last byte, and undefined in headers and padding', () => {
  const bytes = rawTar([
    dir('d/'),
    file('d/a', 'x'.repeat(700)),
    file('d/empty', ''),
    pax({ path: 'long' }),
    file('b', 'y'),
  ]);
  const expected = indexOf(bytes).filter(({ size }) => size > 0);
  expect(expected).toHaveLength(2);
  const indexer = new TarIndexer();
  for (const [at, byte] of bytes.entries()) {
    indexer.write(Uint8Array.of(byte));
    const of = expected.find(({ offset, size }) => at >= offset && at < offset + size);
    expect(indexer.fileStart).toBe(of?.offset);
  }
});

it('bodies are skipped, so that larger ones take hardly more time', () => {
  const archiveOf = (size: number) => {
    const member = rawMember(file('usr/share/doc/some-package/some-file.txt', 'x'.repeat(size)));
    const chunk = Buffer.concat(Array.from({ length: 100 }, () => member));
    return () => {
      const indexer = new TarIndexer();
      for (let k = 0; k < 100; k += 1) indexer.write(chunk);
      expect(indexer.end()).toHaveLength(10_000);
    };
  };
  // The second archive has 50 times the bytes; reading all of them would take many times as long.
  expect(leastCpuTime(archiveOf(100_000)) / leastCpuTime(archiveOf(1000))).toBeLessThan(10);
});
