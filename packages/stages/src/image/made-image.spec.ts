import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PackageFiles } from '@nx-linuxkit/debian';
import { ociArchiveOf, randomImage, type TestImage } from '@nx-linuxkit/testing';
import type { Context } from '../context.js';
import { Layers } from '../layers/layers.js';
import { progressOnStderr } from '../progress/progress.js';
import { makeOrFind } from '../stage.js';
import { EVERY_OUTPUT } from '../trusted-outputs.js';
import { VerifiedFiles } from '../verified-files.js';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { imageStage } from './made-image.js';
import { readPackageFiles } from './package-files.js';
import type { MadeInput, Recipe } from './recipe.js';

let workspace: TestWorkspace;
beforeEach(() => (workspace = new TestWorkspace()));
afterEach(() => workspace.remove());

describe('an image that no build repeats', () => {
  let made: TestImage;
  beforeAll(async () => {
    made = await randomImage(1, { layers: 2 });
  });

  /** The names of the files in the output. */
  async function outputOf(isPublished: boolean, packages?: readonly PackageFiles[]): Promise<string[]> {
    const { store } = workspace.environment();
    const layers = new Layers(store);
    const recipe: Recipe<MadeInput> = {
      key: () => ['key'],
      async build(_, archive) {
        await ociArchiveOf(made, archive);
        return { digest: made.manifest.descriptor.digest, size: 0, isRepeatable: false, packages };
      },
    };
    const input: MadeInput = {
      image: { id: 'pkg@a', root: 'a', platform: 'linux/amd64', source: { kind: 'package', folder: 'a' } },
      bases: [],
      layersFrom: (source) => layers.of('a', source),
      publish: async ({ image: { digest } }) => {
        expect(digest).toBe(made.manifest.descriptor.digest);
        return isPublished;
      },
    };
    const context: Context = {
      store,
      verified: new VerifiedFiles(store),
      trusted: EVERY_OUTPUT,
      log: () => undefined,
      made: () => undefined,
      progress: progressOnStderr(),
      path: (...parts) => workspace.path(...parts),
      outputPath: (...parts) => workspace.path(...parts),
      file: () => {
        throw new Error('no file is read');
      },
    };
    mkdirSync(workspace.path('a'));
    const image = await makeOrFind(imageStage(recipe), input, context);
    for (const { blob } of image.layers) expect(await store.has(blob.digest, blob.size)).toBe(true);
    return readdirSync(join(workspace.path('a'), 'image')).sort();
  }

  it('keeps its layers among its outputs', async () => {
    expect(await outputOf(false)).toEqual(['config.json', 'image.tar', 'manifest.json', 'stage.json']);
  });

  it('says which files are of which package, and a list that is damaged counts as none', async () => {
    const packages = [{ name: 'p', version: '1', files: ['bin/p'] }];
    expect(await outputOf(true, packages)).toContain('packages.json');
    const folder = join(workspace.path('a'), 'image');
    expect(await readPackageFiles(folder)).toEqual(packages);
    writeFileSync(join(folder, 'packages.json'), '[]');
    expect(await readPackageFiles(folder)).toEqual([]);
    expect(await readPackageFiles(workspace.path('absent'))).toEqual([]);
  });

  it('keeps no layers that a registry has', async () => {
    expect(await outputOf(true)).toEqual(['config.json', 'manifest.json', 'stage.json']);
  });
});
