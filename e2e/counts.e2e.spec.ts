import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Pipeline, identify, openEnvironment, parseOsFile, readPlan, type OsFile } from '@nx-linuxkit/stages';
import { pushTo, randomImage, startRegistry, type TestImage, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage, WORDS, type Word } from './graph/images.js';
import { systemYaml, type SystemYaml } from './graph/system-yaml.js';
import { Workspace } from './workspace/workspace.js';

/**
 * Exact counts of the work of builds, over a fixed workload. A change that inflates a layer once more, fetches a blob
 * twice or starts another process fails here on any machine, however busy. The bench measures time.
 */
const YAML = 'apps/my-os/linuxkit.yml';
const USED: readonly Word[] = ['kernel', 'init', 'runc', 'sysctl', 'web'];

let registry: TestRegistry;
const images = new Map<Word, TestImage>();

beforeAll(async () => {
  registry = await startRegistry();
  for (const word of WORDS) {
    const image = await systemImage(word);
    images.set(word, image);
    await pushTo(registry, image, `${word}:1`);
  }
});
afterAll(() => registry?.stop());

/** Our plugin and Nx's own three. */
const PLUGINS = 4;

const layersOf = (words: readonly Word[]) => words.flatMap((word) => images.get(word)?.layers ?? []);
const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
const packed = (words: readonly Word[]) => sum(layersOf(words).map(({ bytes }) => bytes.length));
const unpacked = (words: readonly Word[]) => sum(layersOf(words).map(({ plain }) => plain.length));

describe('the pipeline', () => {
  let root: string;
  const store = () => join(root, 'store');

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-counts-'));
    await work({});
    for (const name of ['store', '.linuxkit', 'dist']) rmSync(join(root, name), { recursive: true });
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  /** Builds with a new pipeline, which remembers nothing of the build before. */
  async function work(yaml: SystemYaml) {
    mkdirSync(dirname(join(root, YAML)), { recursive: true });
    writeFileSync(join(root, YAML), systemYaml(registry.host, yaml));
    const environment = openEnvironment(root, { store: 'store' });
    const pipeline = new Pipeline(environment);
    const lines: string[] = [];
    const log = (line: string) => void lines.push(line);
    try {
      await pipeline.lock({ file: YAML }, log);
      const os = identify(parseOsFile(YAML) as OsFile, 'my-os');
      const { format: key } = readPlan(root, YAML, environment.settings).plan(os).keys;
      await pipeline.run({ stage: 'format', os, key, format: 'kernel+initrd' }, log);
    } finally {
      await pipeline.close();
    }
    const partsMade = sum(lines.map((line) => Number(/ (\d+) made/.exec(line)?.[1] ?? 0)));
    return { ...pipeline.work, partsMade };
  }

  const NOTHING = { blobsFetched: 0, bytesFetched: 0, bytesInflated: 0, partsMade: 0 };

  /** Both init images have /bin/sh, so that the part of the first one is made again without it. */
  const overlapping = () => (images.get('init') as TestImage).layers[0].plain.length;

  it('cold: each blob is fetched once, each layer inflated twice, one part made for each', async () => {
    expect(await work({})).toEqual({
      blobsFetched: layersOf(USED).length,
      bytesFetched: packed(USED),
      bytesInflated: 2 * unpacked(USED) + overlapping(),
      partsMade: layersOf(USED).length,
    });
  });

  it('writes the blobs, the parts and the segments once', () => {
    const below = (folder: string) => sum(filesBelow(join(root, folder)).map((file) => statSync(file).size));
    const documents = USED.map((word) => images.get(word) as TestImage);
    const json = sum(documents.map(({ manifest, config }) => manifest.bytes.length + config.bytes.length));
    expect(below('store/blobs')).toBe(packed(USED) + json);
    // The store keeps small layers uncompressed, and the kernel's layers of any size.
    expect(below('store/derived/layer')).toBe(unpacked(USED) + sealsOf('layer'));
    const segments = filesBelow(join(root, '.linuxkit')).filter((file) => file.endsWith('segment.cpio'));
    expect(segments).toHaveLength(USED.length);
    const parts = filesBelow(join(root, 'store/derived/part')).filter((file) => !file.endsWith('.seal'));
    // One part for each layer, and one that was made again.
    const [generated, ofLayers] = [true, false].map((is) =>
      parts.filter((file) => /generated-[^/]*$/.test(file) === is),
    );
    expect(ofLayers).toHaveLength(layersOf(USED).length + 1);
    // What rules add: to the folders of `sysctl` and `web`, and once to the root.
    expect(generated).toHaveLength(3);
  });

  it.each<[string, SystemYaml]>([
    ['nothing changed', {}],
    ['an env', { env: 'A=2' }],
  ])('%s: no layer is touched', async (_, yaml) => {
    expect(await work(yaml)).toEqual(NOTHING);
  });

  it('one more service: only its layers are touched', async () => {
    const services = [{ name: 'clock', image: `${registry.host}/clock:1` }];
    expect(await work({ services })).toEqual({
      blobsFetched: layersOf(['clock']).length,
      bytesFetched: packed(['clock']),
      bytesInflated: 2 * unpacked(['clock']),
      partsMade: layersOf(['clock']).length,
    });
  });

  it('a large file: its layer is inflated once, and the blocks of the file are copied', async () => {
    const body = Array.from({ length: 100_000 }, (_, line) => `line ${line * 7919} of it\n`).join('');
    const large = await randomImage(1, { layers: [{ entries: [{ name: 'large', body }] }] });
    await pushTo(registry, large, 'large:1');
    const services = [{ name: 'large', image: `${registry.host}/large:1` }];
    const { bytesInflated } = await work({ services });
    expect(bytesInflated).toBeGreaterThan(body.length);
    expect(bytesInflated).toBeLessThan(1.2 * body.length);
  });

  it('without outputs, with the store: nothing is fetched or inflated', async () => {
    for (const name of ['.linuxkit', 'dist']) rmSync(join(root, name), { recursive: true });
    expect(await work({})).toEqual(NOTHING);
  });

  function sealsOf(kind: string): number {
    const seals = filesBelow(join(store(), 'derived', kind)).filter((file) => file.endsWith('.seal'));
    return sum(seals.map((file) => statSync(file).size));
  }
});

describe('nx', () => {
  let workspace: Workspace;
  let log: string;

  beforeAll(async () => {
    workspace = await Workspace.create({ files: { [YAML]: systemYaml(registry.host) } });
    log = workspace.path('processes.log');
    await workspace.succeed('lock', 'my-os');
    workspace.commit();
  });
  afterAll(() => workspace?.stop());

  /** Runs a command, and returns the programs of its processes and the number of its tasks. */
  async function workOf(...args: string[]): Promise<{ processes: string[]; tasks: number }> {
    rmSync(log, { force: true });
    // NODE_OPTIONS needs quotes around a path with a space.
    const counting = `--require ${JSON.stringify(join(__dirname, 'process-count.cjs'))}`;
    const env = { NODE_OPTIONS: counting, PROCESS_LOG: log };
    const run = await workspace.nxWith({ env }, ...args);
    if (run.code !== 0) throw new Error(run.output);
    const processes = readFileSync(log, 'utf8').trim().split('\n').map(nameOfProcess).sort();
    return { processes, tasks: run.ran.length };
  }

  /** Nx and a worker for each plugin. */
  const NX = ['nx', ...Array<string>(PLUGINS).fill('plugin-worker')];

  /** Pull, extract and segment of each image; oci-config, verify, initramfs, the format, `build`. */
  const ALL_TASKS = 3 * USED.length + 5;

  it('a cold build: each task once, one process for all', async () => {
    expect(await workOf('build', 'my-os')).toEqual({
      processes: [...NX, 'run-batch'].sort(),
      tasks: ALL_TASKS,
    });
  });

  it('nothing changed: no task, and no process beside Nx itself', async () => {
    expect(await workOf('build', 'my-os')).toEqual({ processes: [...NX].sort(), tasks: 0 });
  });

  it('an env: oci-config, initramfs, the format and build', async () => {
    workspace.write({ [YAML]: systemYaml(registry.host, { env: 'A=2' }) });
    expect(await workOf('build', 'my-os')).toEqual({
      processes: [...NX, 'run-batch'].sort(),
      tasks: 4,
    });
  });

  it('Nx keeps each output once', () => {
    const kept = (name: string) => filesBelow(workspace.nxCache).filter((file) => file.endsWith(`/${name}`));
    expect(kept('segment.cpio')).toHaveLength(USED.length);
    // Two of the builds above made this file.
    expect(kept('my-os-initrd.img')).toHaveLength(2);
  });
});

function nameOfProcess(command: string): string {
  return (/([\w-]+)(?:\.js)?(?: |$)/.exec(command) ?? [command])[1];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
