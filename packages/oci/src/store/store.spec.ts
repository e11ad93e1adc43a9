import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { digestOf } from '../digest.js';
import { collect } from '../verify.js';
import { diskError } from './disk.js';
import { defaultStoreDir } from './location.js';
import { Store } from './store.js';

const HELLO = Buffer.from('hello');
const DESCRIPTOR = { digest: digestOf(HELLO), size: HELLO.length };
const LONG_AGO = new Date('2001-01-01');

let dir: string;
let store: Store;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'oci-store-spec-'));
  store = Store.open(dir);
});

afterEach(() => rmSync(dir, { recursive: true }));

async function* bytes(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array, void> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

function temporaries(): string[] {
  return existsSync(join(dir, 'tmp')) ? readdirSync(join(dir, 'tmp')) : [];
}

describe('blobs', () => {
  it('are written under their digest, read-only, in an OCI image layout', async () => {
    await store.write(DESCRIPTOR, bytes('hel', 'lo'));
    expect(await store.has(DESCRIPTOR.digest)).toBe(true);
    expect(await store.has(DESCRIPTOR.digest, 4)).toBe(false);
    expect(statSync(store.blobPath(DESCRIPTOR.digest)).mode & 0o777).toBe(0o444);
    expect(await collect(store.read(DESCRIPTOR.digest), 5, 'blob')).toEqual(HELLO);
    expect(JSON.parse(readFileSync(join(dir, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    expect(JSON.parse(readFileSync(join(dir, 'index.json'), 'utf8'))).toMatchObject({ schemaVersion: 2 });
    expect(temporaries()).toEqual([]);
  });

  it.each([
    ['other bytes', ['hellO'], 'digest-mismatch'],
    ['too few', ['hell'], 'truncated'],
    ['too many', ['hello', '!'], 'size-mismatch'],
  ])('with %s leave nothing', async (_, chunks, code) => {
    await expect(store.write(DESCRIPTOR, bytes(...chunks))).rejects.toMatchObject({ code });
    expect(await store.has(DESCRIPTOR.digest)).toBe(false);
    expect(temporaries()).toEqual([]);
  });

  it('leave nothing when their source fails, and its error is thrown', async () => {
    const failing = async function* () {
      yield Buffer.from('hel');
      throw new Error('cable pulled');
    };
    await expect(store.write(DESCRIPTOR, failing())).rejects.toThrow('cable pulled');
    expect(temporaries()).toEqual([]);
  });

  describe('with a reader that reads along', () => {
    /** Reads the bytes whenever they grew, and returns the given digest. */
    const reader = (digest?: ReturnType<typeof digestOf>) => {
      const read: string[] = [];
      const grew = (path: string, size: number) => read.push(readFileSync(path, 'utf8').slice(0, size));
      return { read, grew, digest: async () => digest };
    };

    it('are announced to it as they grow, and verified by the digest that it returns', async () => {
      const along = reader(DESCRIPTOR.digest);
      await store.write(DESCRIPTOR, bytes('hel', 'lo'), along);
      expect(along.read.at(-1)).toBe('hello');
      expect(await collect(store.read(DESCRIPTOR.digest), 5, 'blob')).toEqual(HELLO);
    });

    it('that fails are hashed without it', async () => {
      await store.write(DESCRIPTOR, bytes('hello'), reader());
      expect(await store.has(DESCRIPTOR.digest)).toBe(true);
    });

    it.each([
      ['that finds another digest', ['hellO'], digestOf(Buffer.from('hellO')), 'digest-mismatch'],
      ['that fails, and with other bytes', ['hellO'], undefined, 'digest-mismatch'],
      ['and with too few bytes', ['hell'], DESCRIPTOR.digest, 'truncated'],
      ['and with too many bytes', ['hello', '!'], DESCRIPTOR.digest, 'size-mismatch'],
    ])('%s leave nothing', async (_, chunks, digest, code) => {
      const writing = store.write(DESCRIPTOR, bytes(...chunks), reader(digest));
      await expect(writing).rejects.toMatchObject({ code });
      expect(await store.has(DESCRIPTOR.digest)).toBe(false);
      expect(temporaries()).toEqual([]);
    });
  });

  it('that changed on disk are refused when they were read, and removed', async () => {
    await store.write(DESCRIPTOR, bytes('hello'));
    const path = store.blobPath(DESCRIPTOR.digest);
    chmodSync(path, 0o644);
    writeFileSync(path, 'jello');
    await expect(collect(store.read(DESCRIPTOR.digest), 5, 'blob')).rejects.toMatchObject({
      code: 'digest-mismatch',
    });
    expect(await store.has(DESCRIPTOR.digest)).toBe(false);
    await expect(collect(store.read(DESCRIPTOR.digest), 5, 'blob')).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it.each([
    'sha256:../../../etc/passwd',
    'sha256:',
    `sha512:${'a'.repeat(128)}`,
    '../x',
    `sha256:${'A'.repeat(64)}`,
  ])('with the digest %s never become a path', (digest) =>
    expect(() => store.blobPath(digest as never)).toThrow('expected a digest'),
  );
});

describe('modes', () => {
  afterEach(() => process.umask(0o022));

  it.each([
    [0o022, 0o444],
    [0o027, 0o440],
    [0o077, 0o400],
  ])('with the umask %i all files have the mode %i', async (umask, mode) => {
    process.umask(umask);
    await store.write(DESCRIPTOR, bytes('hel', 'lo'));
    const part = await store.put('part', 'key', async (temp) => writeFileSync(temp, 'abc'));
    for (const path of [store.blobPath(DESCRIPTOR.digest), part, `${part}.seal`])
      expect(statSync(path).mode & 0o777).toBe(mode);
  });

  it('a store in the user’s folder for caches is for the user alone, one elsewhere is not', async () => {
    const { XDG_CACHE_HOME, NX_LINUXKIT_STORE } = process.env;
    process.umask(0o022);
    try {
      process.env.XDG_CACHE_HOME = join(dir, 'cache');
      delete process.env.NX_LINUXKIT_STORE;
      await Store.open().write(DESCRIPTOR, bytes('hello'));
      expect(statSync(join(dir, 'cache/nx-linuxkit')).mode & 0o777).toBe(0o700);
      process.env.NX_LINUXKIT_STORE = join(dir, 'named');
      await Store.open().write(DESCRIPTOR, bytes('hello'));
      expect(statSync(join(dir, 'named')).mode & 0o777).toBe(0o755);
    } finally {
      Object.assign(process.env, { XDG_CACHE_HOME, NX_LINUXKIT_STORE });
      if (XDG_CACHE_HOME === undefined) delete process.env.XDG_CACHE_HOME;
      if (NX_LINUXKIT_STORE === undefined) delete process.env.NX_LINUXKIT_STORE;
    }
  });
});

describe('derived files', () => {
  const produce = (text: string) => async (temp: string) => writeFileSync(temp, text);

  it('are found after they were put, and are read-only', async () => {
    expect(await store.find('part', 'key')).toBeUndefined();
    const path = await store.put('part', 'key', produce('abc'));
    expect(path).toBe(store.derived('part', 'key'));
    expect(await store.find('part', 'key')).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o444);
    expect(readFileSync(path, 'utf8')).toBe('abc');
    expect(temporaries()).toEqual([]);
  });

  it('are sealed with the checksum of their producer, and refused if it is wrong', async () => {
    const claiming = (text: string) => async (temp: string) => {
      writeFileSync(temp, 'abc');
      return { bytes: 3, crc32: crc32(text) };
    };
    await store.put('part', 'right', claiming('abc'));
    await store.put('part', 'wrong', claiming('abd'));
    expect(await store.find('part', 'right')).toBe(store.derived('part', 'right'));
    expect(await store.find('part', 'wrong')).toBeUndefined();
  });

  it('are separate for each kind, and a digest can be their key', async () => {
    await store.put('layer', DESCRIPTOR.digest, produce('layer'));
    expect(await store.find('index', DESCRIPTOR.digest)).toBeUndefined();
    expect(readFileSync((await store.find('layer', DESCRIPTOR.digest))!, 'utf8')).toBe('layer');
  });

  it.each([
    ['have a wrong byte', (path: string) => writeFileSync(path, 'abd')],
    ['lost their end', (path: string) => truncateSync(path, 2)],
    ['have a byte too many', (path: string) => appendFileSync(path, '\0')],
    ['lost all bytes', (path: string) => truncateSync(path, 0)],
    ['are gone', (path: string) => rmSync(path)],
    ['lost their seal', (path: string) => rmSync(`${path}.seal`)],
    [
      'were edited through a hard link',
      (path: string) => {
        const link = `${path}.link`;
        linkSync(path, link);
        writeFileSync(link, 'xyz');
        rmSync(link);
      },
    ],
  ])('that %s are removed and not returned', async (_, damage) => {
    const path = await store.put('result', 'key', produce('abc'));
    chmodSync(path, 0o644);
    damage(path);
    expect(await store.find('result', 'key')).toBeUndefined();
    await store.put('result', 'key', produce('abc'));
    expect(await store.find('result', 'key')).toBe(path);

    expect(await store.readDerived('result', 'key')).toEqual(Buffer.from('abc'));
    chmodSync(path, 0o644);
    damage(path);
    expect(await store.readDerived('result', 'key')).toBeUndefined();
    expect(await store.find('result', 'key')).toBeUndefined();
  });

  it('that are read count as used', async () => {
    const path = await store.put('blocks', 'key', produce('abc'));
    const seal = `${path}.seal`;
    utimesSync(seal, 1000, 1000);
    expect(await store.readDerived('blocks', 'key')).toEqual(Buffer.from('abc'));
    expect(statSync(seal).mtimeMs).toBeGreaterThan(1000 * 1000);
  });

  describe('that are large', () => {
    const LARGE = 'x'.repeat(2 << 20);
    const seen = (path: string) => /^seen /m.test(readFileSync(`${path}.seal`, 'utf8'));

    /** Puts a file and finds it twice: at once, and when it is old enough for the seal to note it. */
    const known = async () => {
      const began = performance.now();
      const path = await store.put('layer', 'key', produce(LARGE));
      expect(await store.find('layer', 'key')).toBe(path);
      // On a busy machine the file may be old enough by now.
      if (performance.now() - began < 50) expect(seen(path)).toBe(false);
      await sleep(150);
      expect(await store.find('layer', 'key')).toBe(path);
      expect(seen(path)).toBe(true);
      expect(await store.find('layer', 'key')).toBe(path);
      chmodSync(path, 0o644);
      return path;
    };

    it.each([
      ['have a wrong byte', (path: string) => writeFileSync(path, `y${LARGE.slice(1)}`)],
      ['lost their end', (path: string) => truncateSync(path, 2)],
      ['were replaced', (path: string) => (rmSync(path), writeFileSync(path, `y${LARGE.slice(1)}`))],
    ])('and that %s since the seal noted them are removed, even with the old time', async (_, damage) => {
      const path = await known();
      const { atime, mtime } = statSync(path);
      damage(path);
      utimesSync(path, atime, mtime);
      expect(await store.find('layer', 'key')).toBeUndefined();
    });

    it('are read again when another file with the same bytes took their place', async () => {
      const path = await known();
      writeFileSync(`${path}.new`, LARGE);
      renameSync(`${path}.new`, path);
      await sleep(150);
      expect(await store.find('layer', 'key')).toBe(path);
      expect(seen(path)).toBe(true);
    });
  });

  it('do not exist when their producer failed', async () => {
    const failing = async (temp: string) => {
      writeFileSync(temp, 'ab');
      throw new Error('no');
    };
    await expect(store.put('part', 'key', failing)).rejects.toThrow('no');
    expect(await store.find('part', 'key')).toBeUndefined();
    expect(temporaries()).toEqual([]);
  });

  it.each(['', '../x', 'a/b', 'a\\b', 'UPPER', '.hidden', 'a\0b', 'x'.repeat(201)])(
    'with the key %j never become a path',
    (key) => expect(() => store.derived('part', key)).toThrow('cannot name a derived file'),
  );
});

describe('housekeeping', () => {
  it('removes files that killed processes left more than a day ago, and no younger ones', async () => {
    mkdirSync(join(dir, 'tmp'));
    for (const name of ['old', 'young']) writeFileSync(join(dir, 'tmp', name), '');
    utimesSync(join(dir, 'tmp', 'old'), LONG_AGO, LONG_AGO);
    await store.write(DESCRIPTOR, bytes('hello'));
    expect(temporaries()).toEqual(['young']);
  });

  it('prunes derived files that were not used lately, and blobs only when asked to', async () => {
    await store.write(DESCRIPTOR, bytes('hello'));
    const old = await store.put('layer', 'old', async (temp) => writeFileSync(temp, 'old'));
    await store.put('layer', 'used', async (temp) => writeFileSync(temp, 'used'));
    for (const path of [`${old}.seal`, store.blobPath(DESCRIPTOR.digest)])
      utimesSync(path, LONG_AGO, LONG_AGO);
    const before = new Date('2010-01-01');
    expect(await store.prune({ before })).toMatchObject({ files: 1, bytes: 3 });
    expect(await store.has(DESCRIPTOR.digest)).toBe(true);
    expect(await store.find('layer', 'old')).toBeUndefined();
    expect(await store.find('layer', 'used')).toBeDefined();
    utimesSync(store.blobPath(DESCRIPTOR.digest), LONG_AGO, LONG_AGO);
    expect(await store.prune({ before, blobs: true })).toMatchObject({ files: 1, bytes: 5 });
    expect(await store.has(DESCRIPTOR.digest)).toBe(false);
  });

  it('prunes down to a size, what was used longest ago first', async () => {
    const hour = 3600;
    const now = Date.now() / 1000;
    const names = ['first', 'second', 'third'];
    for (const [i, name] of names.entries()) {
      const path = await store.put('layer', name, async (temp) => writeFileSync(temp, 'x'.repeat(100)));
      const used = now - (10 - i) * hour;
      utimesSync(`${path}.seal`, used, used);
    }
    expect(await store.prune({ atMost: 250 })).toMatchObject({ files: 1, bytes: 100 });
    expect(await store.find('layer', 'first')).toBeUndefined();
    expect(await store.find('layer', 'second')).toBeDefined();
    // `second` is the younger one now, as it was found.
    expect(await store.prune({ atMost: 150 })).toMatchObject({ files: 1, bytes: 100 });
    expect(await store.find('layer', 'third')).toBeUndefined();
  });

  it('leaves what a build may be using, and blobs that are to be kept, however little may stay', async () => {
    await store.put('layer', 'new', async (temp) => writeFileSync(temp, 'new'));
    await store.write(DESCRIPTOR, bytes('hello'));
    const path = store.blobPath(DESCRIPTOR.digest);
    expect(await store.prune({ atMost: 0, blobs: true })).toMatchObject({ files: 0, bytes: 0 });
    utimesSync(path, LONG_AGO, LONG_AGO);
    const keep = new Set([DESCRIPTOR.digest]);
    expect(await store.prune({ before: new Date(), blobs: true, keep })).toMatchObject({ files: 1 });
    expect(existsSync(path)).toBe(true);
    expect(await store.prune({ atMost: 0, blobs: true })).toMatchObject({ files: 1, bytes: 5 });
  });

  it('a blob that is found or read counts as used', async () => {
    await store.write(DESCRIPTOR, bytes('hello'));
    const path = store.blobPath(DESCRIPTOR.digest);
    const read = async () => {
      for await (const chunk of store.read(DESCRIPTOR.digest)) void chunk;
    };
    for (const use of [() => store.has(DESCRIPTOR.digest), read]) {
      utimesSync(path, LONG_AGO, LONG_AGO);
      await use();
      expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(60_000);
    }
  });

  it('names that begin alike lie in many folders', () => {
    const folders = Array.from({ length: 500 }, (_, i) =>
      dirname(store.derived('part', `sha256-gzip4-${i}`)),
    );
    expect(new Set(folders).size).toBeGreaterThan(150);
  });

  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EFBIG', 'disk-full'],
    ['EACCES', 'no-permission'],
    ['EPERM', 'no-permission'],
    ['EROFS', 'no-permission'],
    ['ENOTDIR', 'store-error'],
    ['ENOTEMPTY', 'store-error'],
    ['ELOOP', 'store-error'],
    ['EIO', 'store-error'],
    ['EMFILE', 'store-error'],
  ])('reports %s as %s, with the folder and NX_LINUXKIT_STORE', (code, expected) => {
    const error = diskError('/the/store', Object.assign(new Error(code), { code, syscall: 'write' }));
    expect(error).toMatchObject({
      code: expected,
      message: expect.stringContaining('/the/store'),
      hint: expect.stringContaining('NX_LINUXKIT_STORE'),
    });
  });

  it.each<[string, (root: string) => string]>([
    ['a file', (root) => (writeFileSync(join(root, 'place'), ''), join(root, 'place'))],
    ['below a file', (root) => (writeFileSync(join(root, 'place'), ''), join(root, 'place/below/it'))],
    [
      'a link that leads nowhere',
      (root) => (symlinkSync('no/where', join(root, 'place')), join(root, 'place')),
    ],
    ['a link to itself', (root) => (symlinkSync('place', join(root, 'place')), join(root, 'place'))],
  ])('a store whose place is %s is one error that names it', async (_, prepare) => {
    const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-store-place-'));
    const place = prepare(folder);
    const refused = { code: 'store-error', message: expect.stringContaining(place) as string };
    const bad = Store.open(place);
    const written = bad.put('part', 'x', (path) => writeFile(path, ''));
    await expect(written).rejects.toMatchObject(refused);
    // A read of a store that cannot be there finds nothing, or says the same.
    const found = await bad.find('part', 'x').catch((error: unknown) => error);
    if (found !== undefined) expect(found).toMatchObject(refused);
    rmSync(folder, { recursive: true });
  });

  it.each([
    [{ NX_LINUXKIT_STORE: '/s' }, 'linux', '/s'],
    [{ XDG_CACHE_HOME: '/x' }, 'linux', '/x/nx-linuxkit'],
    [{ XDG_CACHE_HOME: 'relative' }, 'linux', '/h/.cache/nx-linuxkit'],
    [{}, 'linux', '/h/.cache/nx-linuxkit'],
    [{}, 'darwin', '/h/Library/Caches/nx-linuxkit'],
    [{ LOCALAPPDATA: '/l' }, 'win32', '/l/nx-linuxkit/Cache'],
  ] as const)('puts the store, with %j on %s, into %s', (env, platform, expected) => {
    expect(defaultStoreDir(env, platform, '/h')).toBe(expected);
  });
});
