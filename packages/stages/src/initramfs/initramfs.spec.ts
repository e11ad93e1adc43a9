import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { paxOf, tarOf } from '@nx-linuxkit/testing';
import { compareTrees, readContent, type Tree } from '@nx-linuxkit/tree';
import { TestWorkspace, kernelLayer } from '../__tests__/test-workspace.js';
import { Pipeline, identify, parseOsFile, readPlan, type OsFile } from '../index.js';
import { placeSegment } from '../segment/place-segment.js';
import type { PlacedImage } from '../segment/placed-image.js';

/** The real function, with a record of its calls. */
jest.mock('../segment/place-segment.js', () => {
  const actual = jest.requireActual('../segment/place-segment.js');
  return { ...actual, placeSegment: jest.fn(actual.placeSegment) };
});

let workspace: TestWorkspace;
beforeAll(() => {
  workspace = new TestWorkspace();
});
afterAll(() => workspace.remove());

const DATABASE = 'lib/apk/db/installed';

async function text(tree: Tree, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(tree.get(path)!.content!)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the databases of Alpine’s packages', () => {
  beforeAll(async () => {
    await workspace.image('one', [[{ name: DATABASE, body: 'P:one\n', mode: 0o600, uid: 5 }]]);
    await workspace.image('two', [
      [
        { name: DATABASE, body: 'P:two\n' },
        { name: 'two', body: '2' },
      ],
    ]);
    await workspace.image('linked', [
      [
        { name: 'database', body: 'P:linked\n' },
        { name: DATABASE, type: 'link', linkname: 'database' },
      ],
    ]);
    await workspace.image('none', [[{ name: 'none', body: '' }]]);
    await workspace.image('usr', [
      [
        { name: 'lib', type: 'symlink', linkname: 'usr/lib' },
        { name: `usr/${DATABASE}`, body: 'P:usr\n' },
      ],
    ]);
  });

  it.each([
    [
      'of several init images become one, root’s and without a time',
      ['one', 'none', 'two'],
      'P:one\n\n\nP:two\n\n\n',
    ],
    ['are found behind a merged /usr', ['usr', 'two'], 'P:usr\n\n\nP:two\n\n\n'],
    ['are found behind a hard link', ['linked', 'two'], 'P:linked\n\n\nP:two\n\n\n'],
  ])('%s', async (_name, images, expected) => {
    const os = images.join('-');
    await workspace.build(os, `init: [${images.map((image) => `test/${image}`).join()}]`, [
      'tar',
      'kernel+initrd',
    ]);
    for (const tree of [await workspace.tar(os), (await workspace.initrd(os)).tree]) {
      const path = tree.realpath(DATABASE);
      expect(await text(tree, path)).toBe(expected);
      expect(tree.get(path)).toMatchObject({ mode: 0o644, uid: 0, gid: 0, mtime: 0 });
    }
  });

  it('of one image stays as it is', async () => {
    await workspace.build('alone', 'init: [test/one, test/none]', ['tar']);
    const tree = await workspace.tar('alone');
    expect(await text(tree, DATABASE)).toBe('P:one\n');
    expect(tree.get(DATABASE)).toMatchObject({ mode: 0o600, uid: 5 });
  });
});

it('file capabilities are kept in the tar, and one warning lists those that the initrd loses', async () => {
  const capability = Buffer.from([1, 0, 0, 2, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const pax = {
    'SCHILY.xattr.security.capability': capability.toString('latin1'),
    'SCHILY.xattr.user.note': 'kept',
  };
  const files = Array.from({ length: 10 }, (_, i) => ({ name: `bin/ping${i}`, body: 'x', pax }));
  await workspace.image('caps', [files]);
  const log = await workspace.build('caps', 'init: [test/caps]', ['tar', 'kernel+initrd']);
  expect(log.filter((line) => line.startsWith('warning'))).toEqual([
    expect.stringMatching(/^warning: caps: .* lose theirs: bin\/ping0, .*bin\/ping7 and 2 more\. /),
  ]);
  const inode = (await workspace.tar('caps')).get('bin/ping9');
  expect([...inode!.xattrs!.keys()]).toEqual(['security.capability', 'user.note']);
  expect(Buffer.from(inode!.xattrs!.get('security.capability')!).equals(capability)).toBe(true);
});

describe('directories that several entries name', () => {
  it('an image sets the metadata of its root folder, in every place', async () => {
    await workspace.image('rooted', [[{ name: './', type: 'directory', mode: 0o711, uid: 3, gid: 4 }]]);
    const yaml = `
onboot: [{name: ro, image: test/rooted, readonly: true}, {name: again, image: test/rooted, readonly: true}]
onshutdown: [{name: rw, image: test/usr}]
volumes: [{name: data, image: test/rooted}]
`;
    await workspace.build('rooted', yaml, ['tar', 'kernel+initrd']);
    for (const tree of [await workspace.tar('rooted'), (await workspace.initrd('rooted')).tree]) {
      const metadata = (path: string) => {
        const { mode, uid, gid } = tree.get(`containers/${path}`)!;
        return [mode, uid, gid];
      };
      expect(metadata('onboot/000-ro/rootfs')).toEqual([0o711, 3, 4]);
      expect(metadata('volumes/data/lower')).toEqual([0o711, 3, 4]);
      expect(metadata('onboot/001-again/rootfs')).toEqual([0o755, 0, 0]);
      expect(metadata('onshutdown/000-rw/lower')).toEqual([0o755, 0, 0]);
      expect(metadata('onboot/000-ro')).toEqual([0o755, 0, 0]);
    }
  });

  it('an init image sets the metadata of boot, and the system that of containers', async () => {
    await workspace.image('kernel', [await kernelLayer(tarOf)]);
    const folders = ['boot', 'containers'].map((name) => ({ name, type: 'directory' as const, mode: 0o700 }));
    await workspace.image('folders', [folders]);
    const yaml =
      'kernel: {image: test/kernel}\ninit: [test/folders]\nservices: [{name: a, image: test/none}]';
    await workspace.build('folders', yaml, ['tar', 'kernel+initrd']);
    for (const tree of [await workspace.tar('folders'), (await workspace.initrd('folders')).tree]) {
      expect(tree.get('boot')?.mode).toBe(0o700);
      expect(tree.get('containers')?.mode).toBe(0o755);
    }
  });

  it('have in the tar the origin that was noted last, as in LinuxKit’s records', async () => {
    const yaml =
      'services: [{name: a, image: test/none}, {name: b, image: test/two}]\nvolumes: [{name: v}, {name: w, image: test/two}]';
    await workspace.build('records', yaml, ['tar']);
    const records = await paxOf(readFileSync(workspace.output('records', 'tar', 'records.tar')));
    const origin = (path: string) => {
      const pax = records.get(`containers/${path}`);
      return `${pax?.['LINUXKIT.location']} ${pax?.['LINUXKIT.source']}`;
    };
    expect(origin('services')).toBe('services[1] docker.io/test/two');
    expect(origin('services/a/lower')).toBe('services[0] docker.io/test/none');
    expect(origin('services/a/tmp')).toBe('services[0] docker.io/test/none');
    expect(origin('volumes')).toBe('volume[1] docker.io/test/two');
    expect(origin('volumes/v')).toBe('volume[0] empty');
    expect(origin('volumes/v/lower')).toBe('volume[0] empty');
    expect(origin('volumes/v/tmp')).toBe('volume[0] linuxkit.volumes');
    expect(origin('volumes/w/lower')).toBe('volume[1] docker.io/test/two');
    expect(origin('volumes/w/merged')).toBe('volume[1] linuxkit.volumes');
  });
});

describe('init images on one base layer', () => {
  const base = [
    { name: 'base', body: 'base '.repeat(1000) },
    { name: 'etc/base', body: 'x' },
  ];
  /** For each file that the initrd is joined of, its name and how many ranges of it the initrd takes. */
  const taken = (os: string) => {
    const file = workspace.path('.linuxkit', os, 'initramfs/initramfs/initramfs.json');
    const { segments } = JSON.parse(readFileSync(file, 'utf8')) as {
      segments: { path: string; ranges: object[] }[];
    };
    return segments.map(({ path, ranges }) => [
      /oci\/(\w+)-|(\w+)\.cpio$/.exec(path)!.slice(1).join(''),
      ranges.length,
    ]);
  };
  const agrees = async (os: string) => {
    const wanted = await workspace.tar(os);
    const { tree } = await workspace.initrd(os);
    expect(await compareTrees(wanted, tree, { mtimes: 'not-dirs', xattrs: false })).toEqual([]);
  };

  beforeAll(async () => {
    await workspace.image('first', [base, [{ name: 'first', body: '1' }]]);
    await workspace.image('second', [base, [{ name: 'second', body: '2' }]]);
    await workspace.image('changes', [[{ name: 'etc/base', body: 'changed' }]]);
  });

  it('bring the layer once', async () => {
    await workspace.build('shared', 'init: [test/first, test/second]', ['tar', 'kernel+initrd']);
    await agrees('shared');
    expect(taken('shared')).toEqual([
      ['first', 1],
      ['second', 1],
      ['remade', 1],
      ['own', 1],
    ]);
    const size = (os: string) =>
      readFileSync(workspace.output(os, 'kernel+initrd', `${os}-initrd.img`)).length;
    await workspace.build('apart', 'init: [test/second]', ['kernel+initrd']);
    expect(size('shared')).toBeLessThan(size('apart') + 200);
  });

  it('bring what one of them has replaced once', async () => {
    await workspace.image('replaces', [base, [{ name: 'base', body: 'replaced' }]]);
    await workspace.build('replaced', 'init: [test/replaces, test/first]', ['tar', 'kernel+initrd']);
    await agrees('replaced');
    expect(taken('replaced').map(([name]) => name)).toEqual(['first', 'remade', 'own']);
  });

  it('bring the layer last where an image in between has changed it', async () => {
    await workspace.build('between', 'init: [test/first, test/changes, test/second]', [
      'tar',
      'kernel+initrd',
    ]);
    await agrees('between');
    expect(taken('between').map(([name]) => name)).toEqual(['first', 'second', 'remade', 'own']);
    expect(await text((await workspace.initrd('between')).tree, 'etc/base')).toBe('x');
  });
});

describe('an image with a folder of the root to itself', () => {
  const folder = 'containers/services/s/lower';
  beforeAll(() =>
    workspace.image('service', [
      [
        { name: 'etc', type: 'directory', mode: 0o711 },
        { name: 'etc/kept', body: 'image', uid: 3 },
        { name: 'out', type: 'symlink', linkname: '..' },
      ],
    ]),
  );

  const cases: [rule: string, init: object[], files: string, company: boolean][] = [
    ['is not looked into', [], '{path: etc/f, contents: x}', false],
    ['is, when a file is put into it', [], `{path: ${folder}/etc/kept, contents: x}`, true],
    ['is, when a file’s parents are in it', [], `{path: ${folder}/new/f, contents: x}`, true],
    [
      'is, when a symlink leads a file into it',
      [{ name: 'way', type: 'symlink', linkname: folder }],
      '{path: way/etc/f, contents: x}',
      true,
    ],
    [
      'is, when a file’s way leads through it and out again',
      [{ name: 'way', type: 'symlink', linkname: `${folder}/out/q` }],
      '{path: way/f, contents: x}',
      true,
    ],
    ['is, when an init image has files there', [{ name: `${folder}/etc/init`, body: 'x' }], '', true],
    [
      'is, when an init image has a symlink to a folder on its way',
      [
        { name: 'containers', type: 'symlink', linkname: 'elsewhere' },
        { name: 'elsewhere', type: 'directory' },
      ],
      '',
      true,
    ],
  ];

  /** Runs the initramfs stage alone, and gives the prefixes of the images whose trees it looked into. */
  async function lookedInto(name: string): Promise<string[]> {
    const environment = workspace.environment();
    const file = parseOsFile(`${name}/linuxkit.yml`) as OsFile;
    const os = identify(file, name);
    const { nodes, keys } = readPlan(workspace.root, file.file, environment.settings).plan(os);
    for (const made of [`${nodes}/initramfs`, 'store/derived/result'])
      rmSync(workspace.path(made), { recursive: true, force: true });
    const placed = jest.mocked(placeSegment);
    placed.mockClear();
    const pipeline = new Pipeline(environment);
    try {
      await pipeline.run({ stage: 'initramfs', os, key: keys.initramfs }, () => undefined);
    } finally {
      await pipeline.close();
    }
    const images = await Promise.all(placed.mock.results.map(({ value }) => value as PlacedImage));
    return [...new Set(images.map(({ prefix }) => prefix))];
  }

  it.each(cases)('%s', async (rule, init, files, company) => {
    const os = `alone-${createHash('sha256').update(rule).digest('hex').slice(0, 8)}`;
    await workspace.image(os, [[{ name: 'etc/init', body: 'i' }, ...(init as [])]]);
    const yaml = `init: [test/${os}]\nservices: [{name: s, image: test/service}]\nfiles: [${files}]`;
    await workspace.build(os, yaml, ['kernel+initrd']);
    expect(await lookedInto(os)).toEqual(company ? ['', folder] : ['']);
    await workspace.build(os, yaml, ['tar']);
    const { tree } = await workspace.initrd(os);
    expect(await compareTrees(await workspace.tar(os), tree, { mtimes: 'not-dirs', xattrs: false })).toEqual(
      [],
    );
  });
});

it('names that are linked in one image and not in another become separate files', async () => {
  const pair = [
    { name: 'a', body: 'pair' },
    { name: 'b', type: 'link' as const, linkname: 'a' },
  ];
  await workspace.image('pair', [pair]);
  await workspace.image('one-of-pair', [pair, [{ name: '.wh.b', body: '' }]]);
  await workspace.build('pairs', 'init: [test/pair, test/one-of-pair]', ['tar', 'kernel+initrd']);
  const { tree } = await workspace.initrd('pairs');
  expect(await compareTrees(await workspace.tar('pairs'), tree, { mtimes: 'not-dirs' })).toEqual([]);
  expect(tree.get('a')).not.toBe(tree.get('b'));
});

it.each([false, true])(
  'a file below a file is refused with its place, filesOverrideParents: %s',
  async (filesOverrideParents) => {
    const yaml =
      'init: [test/none]\nfiles:\n  - {path: q/w, contents: hi}\n  - {path: q/w/e, contents: lost}\n';
    await expect(workspace.build('below', yaml, ['tar'], { filesOverrideParents })).rejects.toMatchObject({
      code: 'not-a-directory',
      message: 'q/w/e cannot be put below q/w, which is a file',
      where: { file: 'below/linuxkit.yml', line: 4 },
    });
  },
);

it('a later init image with a directory wins over a file of an earlier one', async () => {
  await workspace.image('file', [[{ name: 'a', body: 'file' }]]);
  await workspace.image('under', [[{ name: 'a/b', body: 'below' }]]);
  await workspace.build('under', 'init: [test/file, test/under]', ['tar', 'kernel+initrd']);
  for (const tree of [await workspace.tar('under'), (await workspace.initrd('under')).tree]) {
    expect(tree.get('a')).toMatchObject({ type: 'dir', mode: 0o755 });
    expect(await text(tree, 'a/b')).toBe('below');
  }
});

describe('a symlink to itself at a path that the builder uses', () => {
  const loop = (name: string) => ({ name, type: 'symlink' as const, linkname: name });

  it('is kept, because an init image may have any symlink', async () => {
    await workspace.image('loops', [['lib', 'usr', 'etc', 'boot', 'containers'].map(loop)]);
    await workspace.image('kernel', [await kernelLayer(tarOf)]);
    const yaml =
      'kernel: {image: test/kernel, tar: none}\ninit: [test/loops]\nservices: [{name: a, image: test/none}]';
    await workspace.build('loops', yaml, ['tar', 'kernel+initrd']);
    for (const tree of [await workspace.tar('loops'), (await workspace.initrd('loops')).tree]) {
      expect(tree.get('lib')).toMatchObject({ type: 'symlink', target: 'lib' });
      expect(tree.get('etc/mtab')?.target).toBe('/proc/mounts');
      expect(tree.get('containers/services/a/config.json')?.type).toBe('file');
    }
  });

  it('is refused as the parent of a file, with the place of the file', async () => {
    const yaml = 'init: [test/loops]\nfiles:\n  - {path: lib/x, contents: hi}\n';
    await expect(workspace.build('in-loop', yaml, ['tar'])).rejects.toMatchObject({
      code: 'symlink-loop',
      where: { file: 'in-loop/linuxkit.yml', line: 3 },
    });
  });
});

it('microcode keeps the mode that it has in the kernel’s image', async () => {
  await workspace.image('ucode', [await kernelLayer(tarOf, [{ name: 'ucode', body: 'u', mode: 0o600 }])]);
  await workspace.build('ucode', 'kernel: {image: test/ucode, ucode: ucode}', ['tar']);
  expect((await workspace.tar('ucode')).get('boot/ucode.cpio')?.mode).toBe(0o600);
});

describe('files', () => {
  it.each([
    ['an empty mode counts as absent', 'mode: "", contents: x', { type: 'file', mode: 0o600 }],
    [
      'an empty mode of a directory counts as absent',
      'mode: "", directory: true',
      { type: 'dir', mode: 0o700 },
    ],
    ['an empty symlink counts as absent', 'symlink: "", contents: x', { type: 'file' }],
    ['a symlink wins over contents', 'symlink: /y, contents: x', { type: 'symlink', target: '/y' }],
    ['a directory wins over a symlink', 'symlink: /y, directory: true', { type: 'dir' }],
    ['an empty source counts as absent', 'source: "", contents: x', { type: 'file' }],
  ])('%s', async (name, stanza, expected) => {
    const os = `files-${name.replaceAll(' ', '-')}`;
    await workspace.build(os, `files: [{path: made/f, ${stanza}}]`, ['tar']);
    expect((await workspace.tar(os)).get('made/f')).toMatchObject(expected);
  });

  it.each(['made/f', '/made//f', './made/./f', 'made/x/../f'])(
    'with the path %s become made/f',
    async (path) => {
      const os = `path-${path.replaceAll(/[/.]/g, '-')}`;
      await workspace.build(os, `files: [{path: ${path}, contents: x}]`, ['tar']);
      const tree = await workspace.tar(os);
      expect(tree.entries().map((entry) => entry.path)).toEqual(['made', 'made/f']);
    },
  );

  it.each([false, true])(
    'a directory has the metadata of its entry, filesOverrideParents: %s',
    async (override) => {
      const yaml =
        'files: [{path: ./d, directory: true, mode: "1777", uid: 7}, {path: d/f, contents: x, mode: "0600"}]';
      await workspace.build('directory', yaml, ['tar'], { filesOverrideParents: override });
      expect((await workspace.tar('directory')).get('d')).toMatchObject({ mode: 0o1777, uid: 7 });
    },
  );

  it.each([
    ['4751', 0o4751],
    ['1777', 0o1777],
    ['0640', 0o750],
    ['0004', 0o005],
  ])(
    'with mode %s get parents with its bits, and x for each class that has any bit',
    async (mode, expected) => {
      await workspace.build(`mode-${mode}`, `files: [{path: a/b/f, contents: x, mode: "${mode}", gid: 7}]`, [
        'tar',
      ]);
      const tree = await workspace.tar(`mode-${mode}`);
      for (const parent of ['a', 'a/b']) expect(tree.get(parent)).toMatchObject({ mode: expected, gid: 7 });
    },
  );
});
