import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { pushSystem, systemImage, WORDS } from './graph/images.js';
import { systemYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const DIST = 'dist/apps/my-os/kernel+initrd';
const INITRD = `${DIST}/my-os-initrd.img`;
const YAML = 'apps/my-os/linuxkit.yml';

describe('a build makes again what is lost, and nothing else', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  let wanted: Buffer;
  /** Returns the folder of the web server's segment, which has a digest in its name. */
  const webSegment = () => {
    const images = readdirSync(workspace.path('.linuxkit/segment/oci'));
    return `.linuxkit/segment/oci/${images.find((name) => name.startsWith('web-'))}/services/web`;
  };
  const build = () => workspace.succeed('build', 'my-os');
  const blobsFetched = () => registry.log.blobGets().length;

  beforeAll(async () => {
    registry = await startRegistry();
    await pushSystem(registry);
    workspace = await Workspace.create({ env: IN_PROCESS, files: { [YAML]: systemYaml(registry.host) } });
    await workspace.succeed('lock', 'my-os');
    workspace.commit();
    await build();
    wanted = workspace.bytes(INITRD);
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });
  beforeEach(() => registry.log.clear());
  afterEach(() => expect(workspace.bytes(INITRD).equals(wanted)).toBe(true));

  it('an edited nx.json makes Nx run every task, and each stage finds its result', async () => {
    workspace.edit('nx.json', (text) =>
      text.replace('"analytics": false', '"analytics": false, "parallel": 3'),
    );
    const run = await build();
    expect(run.cached).toEqual([]);
    expect(run.work.filter((line) => !line.startsWith('kernel+initrd'))).toEqual([]);
    expect(registry.log.requests).toEqual([]);
  });

  it('a build whose tasks are cached needs no store', async () => {
    workspace.emptyStore();
    const run = await build();
    expect(run.executed).toEqual([]);
    expect(registry.log.requests).toEqual([]);
  });

  it('an emptied store and a changed env: the blobs fetched are the kernel’s and the one whose part is made again without what another image replaces', async () => {
    workspace.emptyStore();
    workspace.edit(YAML, (text) => text.replace('A=1', 'A=2'));
    try {
      await build();
      const [kernel] = (await systemImage('kernel')).layers;
      // The next image of the root, runc, has another bin/sh.
      const [base] = (await systemImage('init')).layers;
      expect(new Set(registry.log.blobGets().map(({ path }) => path.split('/').pop()))).toEqual(
        new Set([kernel.descriptor.digest, base.descriptor.digest]),
      );
    } finally {
      workspace.edit(YAML, (text) => text.replace('A=2', 'A=1'));
    }
    expect((await build()).executed).toEqual([]);
  });

  it('an emptied Nx cache: every task runs, nothing is fetched or compressed', async () => {
    await workspace.succeed('reset');
    workspace.emptyNxCache();
    const run = await build();
    expect(run.cached).toEqual([]);
    expect(run.partsMade).toBe(0);
    expect(blobsFetched()).toBe(0);
  });

  it('an emptied Nx cache and no outputs: the store has what registries and compressors made', async () => {
    // An earlier test emptied the store, so a whole build fills it first.
    const wipe = () => {
      workspace.remove('.linuxkit', 'dist');
      workspace.emptyNxCache();
    };
    wipe();
    await build();
    wipe();
    registry.log.clear();
    const run = await build();
    expect(run.partsMade).toBe(0);
    const configs = await Promise.all(
      WORDS.map(async (word) => (await systemImage(word)).config.descriptor.digest),
    );
    const layers = registry.log
      .blobGets()
      .filter(({ path }) => !configs.some((digest) => path.endsWith(digest)));
    expect(layers).toEqual([]);
  });

  it.each([
    ['the artefacts', () => DIST],
    ['a segment', webSegment],
    ['every stage', () => '.linuxkit'],
  ])('deleted: %s; Nx has them', async (_, pathOf) => {
    const path = pathOf();
    workspace.remove(path);
    const run = await build();
    expect(run.executed).toEqual([]);
    expect(workspace.exists(path)).toBe(true);
  });

  it('a damaged artefact comes back from the cache', async () => {
    writeFileSync(workspace.path(INITRD), 'damaged');
    expect((await build()).executed).toEqual([]);
  });

  describe('damage that Nx does not know of', () => {
    /** Without its cache Nx runs each task, and the stages check what is there. */
    const forget = () => workspace.emptyNxCache();
    const damage = (path: string) => {
      const file = workspace.path(path);
      const { size, mode } = statSync(file);
      chmodSync(file, 0o644);
      const bytes = workspace.bytes(path);
      bytes[size >> 1] ^= 1;
      rmSync(file);
      writeFileSync(file, bytes, { mode });
    };

    it('a damaged segment is made again from the parts in the store', async () => {
      forget();
      damage(`${webSegment()}/segment/segment.cpio`);
      const run = await build();
      expect(run.partsMade).toBe(0);
      expect(run.work.filter((line) => line.startsWith('segment'))).toHaveLength(1);
    });

    it('an image with a damaged tree is extracted again', async () => {
      forget();
      const images = readdirSync(workspace.path('.linuxkit/images'));
      damage(
        join(
          '.linuxkit/images',
          images.find((name) => name.startsWith('web')) as string,
          'extract/tree.json',
        ),
      );
      const run = await build();
      expect(run.work.filter((line) => /^(pull|extract|segment)/.test(line))).toEqual([
        expect.stringMatching(/^extract oci@web-/),
      ]);
      expect(blobsFetched()).toBe(0);
    });

    it('a damaged blob without derived files is fetched again', async () => {
      const layers = join(workspace.store, 'derived');
      rmSync(layers, { recursive: true });
      const blobs = join(workspace.store, 'blobs/sha256');
      const [blob] = readdirSync(blobs);
      chmodSync(join(blobs, blob), 0o644);
      writeFileSync(join(blobs, blob), 'damaged');
      forget();
      workspace.remove('.linuxkit', 'dist');
      const run = await build();
      expect(run.code).toBe(0);
      expect(registry.log.blobGets(`sha256:${blob}`)).toHaveLength(1);
    });
  });
});
