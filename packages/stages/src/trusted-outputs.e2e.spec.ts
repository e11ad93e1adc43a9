import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildImage } from '@nx-linuxkit/debian';
import { tarOf } from '@nx-linuxkit/testing';
import { flip, outputFolder, poison, put, replace, withoutPartIds } from './__tests__/poison.js';
import { TestWorkspace, kernelLayer } from './__tests__/test-workspace.js';
import { sealText, sha256 } from './seal.js';
import { SBOM_FILE } from './plan/sbom-plan.js';
import { stageNames } from './stages.js';

const YAML = `kernel: {image: test/kernel, cmdline: console=ttyS0}
init: [test/init, test/second, '@pkg:./package']
services: [{name: web, image: test/web, env: [A=1]}]
files: [{path: etc/motd, contents: hello}]
`;
const FORMATS = ['kernel+initrd', 'tar'];
/** With a bill of materials, so that its stage runs too. */
const ON = { sbom: true };

let workspace: TestWorkspace;
/** What a build leaves. */
const MADE = ['.linuxkit', 'dist', 'store'];
/** The sha256 of each file of all formats, made without a forged output. */
let right: Record<string, string>;

beforeAll(async () => {
  workspace = new TestWorkspace();
  await workspace.image('kernel', [await kernelLayer(tarOf)]);
  const base = [{ name: 'etc/base', body: 'base' }];
  await workspace.image('init', [base, [{ name: 'etc/init', body: 'init' }]]);
  await workspace.image('second', [base, [{ name: 'etc/second', body: 'second' }]]);
  await workspace.image('web', [[{ name: 'bin/web', body: 'web '.repeat(999) }]], { Cmd: ['/bin/web'] });
  cpSync(join(__dirname, '__fixtures__/package'), workspace.path('os/package'), { recursive: true });
  workspace.write('os/linuxkit.yml', YAML);
  await workspace.buildAgain('os', FORMATS, ON);
  right = formats();
  mkdirSync(workspace.path('pristine'));
  for (const name of MADE) renameSync(workspace.path(name), workspace.path('pristine', name));
});
afterAll(() => workspace.remove());
beforeEach(() => {
  for (const name of MADE) {
    rmSync(workspace.path(name), { recursive: true, force: true });
    cpSync(workspace.path('pristine', name), workspace.path(name), { recursive: true });
  }
});

const folder = (node: string, stage: string) => outputFolder(workspace.root, node, stage);

/** The package's image with another greeting, made by the same code: its output, with an archive of its layers. */
async function forgedImage(): Promise<Record<'manifest' | 'config' | 'archive', Buffer>> {
  const other = new TestWorkspace();
  try {
    cpSync(join(__dirname, '__fixtures__/package'), other.path('os/package'), { recursive: true });
    other.write('os/package/files/banner', 'forged');
    await other.build('os', "init: ['@pkg:./package']", ['tar']);
    const read = (name: string) => readFileSync(join(outputFolder(other.root, 'packages', 'image'), name));
    await buildImage(other.path('os/package'), {
      architecture: 'amd64',
      output: other.path('image.tar'),
      store: other.environment({}).store,
    });
    const archive = readFileSync(other.path('image.tar'));
    return { manifest: read('manifest.json'), config: read('config.json'), archive };
  } finally {
    other.remove();
  }
}

/** Puts another image into the output of the stage `image`, with an archive that has its layers. */
async function forgeImage(): Promise<void> {
  const { manifest, config, archive } = await forgedImage();
  const output = folder('packages', 'image');
  writeFileSync(join(output, 'image.tar'), '');
  poison(
    output,
    'image.tar',
    () => archive,
    () => ({ digest: `sha256:${sha256(manifest)}` }),
  );
  poison(output, 'config.json', () => config);
  poison(output, 'manifest.json', () => manifest);
}

/** One forgery for each stage whose output decides bytes. A segment whose parts have other ids is read as a file. */
const FORGERIES: Record<string, () => void | Promise<void>> = {
  pull: () => poison(folder('images/web-', 'pull'), 'config.json', put('/bin/web', '/bin/sh')),
  image: forgeImage,
  extract: () => poison(folder('images/web-', 'extract'), 'tree.json', put('bin/web', 'bin/wep')),
  segment: () => poison(folder('segment/oci/web-', 'segment'), 'segment.cpio', flip, withoutPartIds),
  'oci-config': () => poison(folder('os/oci-config', 'oci-config'), 'bundles.json', put('A=1', 'A=2')),
  sbom: () => poison(folder('os/sbom', 'sbom'), SBOM_FILE, put('root file', 'rood file')),
  initramfs: () =>
    poison(folder('os/initramfs', 'initramfs'), 'own.cpio', flip, (facts, sealed) => ({
      ...facts,
      segments: (facts.segments as { path: string }[]).map((segment) =>
        segment.path.endsWith('own.cpio') ? { ...segment, ...sealed } : segment,
      ),
    })),
};
/** Stages without an output that decides bytes: statements about signatures, and formats, which are always written. */
const HARMLESS = ['verify', 'format'];

it('every stage has its forgery', () => {
  expect([...Object.keys(FORGERIES), ...HARMLESS].sort()).toEqual([...stageNames].sort());
});

/** Another size of a part that a later segment brings too, and that is left out. */
function forgePartSize(): void {
  const output = folder('segment/oci/init-', 'segment');
  const seal = JSON.parse(readFileSync(join(output, 'stage.json'), 'utf8'));
  seal.facts.parts[0].size += 4;
  seal.facts.parts[1].size -= 4;
  replace(join(output, 'stage.json'), Buffer.from(sealText(seal)));
  rmSync(workspace.path('.linuxkit/os/initramfs'), { recursive: true });
  rmSync(workspace.path('store/derived/result'), { recursive: true, force: true });
}

/** A pull is bound to the lock's digest, whoever brought it. */
const BOUND = ['pull'];

describe.each([...Object.entries(FORGERIES), ['a segment’s part', forgePartSize] as const])(
  'a forged output of %s with a matching seal',
  (stage, forge) => {
    beforeEach(forge);

    const effect = BOUND.includes(stage) ? 'decides nothing' : 'decides bytes';
    it(`${effect} where the cache is trusted, and nothing in a build with trustedCache: false after it`, async () => {
      await workspace.buildAgain('os', FORMATS, ON);
      if (BOUND.includes(stage)) expect(formats()).toEqual(right);
      else expect(formats()).not.toEqual(right);
      await workspace.buildAgain('os', FORMATS, { ...ON, trustedCache: false });
      expect(formats()).toEqual(right);
    });

    it('decides nothing with trustedCache: false, before and after a build with it', async () => {
      await workspace.buildAgain('os', FORMATS, { ...ON, trustedCache: false });
      expect(formats()).toEqual(right);
      await forge();
      await workspace.buildAgain('os', FORMATS, { ...ON, trustedCache: false });
      expect(formats()).toEqual(right);
    });
  },
);

it('an output that was made with this store is used again, and what another store made is not', async () => {
  const stagesThatRan = async (store: string) =>
    (await workspace.buildAgain('os', FORMATS, { ...ON, trustedCache: false, store }))
      // A line of a stage ends with the time that it took.
      .filter((line) => /, [\d.]+ s$/.test(line))
      .map((line) => line.split(' ')[0])
      .filter((word) => !FORMATS.includes(word));
  expect(new Set(await stagesThatRan('store'))).toEqual(
    new Set(['pull', 'image', 'extract', 'segment', 'oci-config', 'sbom', 'initramfs']),
  );
  expect(await stagesThatRan('store')).toEqual([]);
  expect(new Set(await stagesThatRan('other-store')).size).toBe(7);
  rmSync(workspace.path('other-store'), { recursive: true });
});

it.each(['manifest.json', 'config.json', 'image.tar'])(
  'an image of a package with a damaged %s is made again',
  async (name) => {
    const output = folder('packages', 'image');
    const { archive } = await forgedImage();
    writeFileSync(join(output, 'image.tar'), '');
    poison(output, 'image.tar', () => archive);
    const whole = readFileSync(join(output, 'manifest.json'));
    replace(join(output, name), readFileSync(join(output, name)).subarray(0, 100));
    await workspace.buildAgain('os', FORMATS, ON);
    expect(readFileSync(join(output, 'manifest.json')).equals(whole)).toBe(true);
    expect(readdirSync(output)).not.toContain('image.tar');
    expect(formats()).toEqual(right);
  },
);

it('an image whose layers are nowhere is made again, and is an error if it is another one now', async () => {
  const lost = () => rmSync(workspace.path('store'), { recursive: true });
  lost();
  rmSync(workspace.path('.linuxkit/os'), { recursive: true });
  const said = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  await workspace.buildAgain('os', ['tar'], ON);
  expect(said.mock.calls).toContainEqual([
    'image pkg@os-package: made again, because its layers are neither in the store nor in its output',
  ]);
  expect(formats()).toEqual(right);

  await forgeImage();
  const output = folder('packages', 'image');
  const seal = JSON.parse(readFileSync(join(output, 'stage.json'), 'utf8'));
  delete seal.files['image.tar'];
  replace(join(output, 'stage.json'), Buffer.from(sealText(seal)));
  lost();
  await expect(workspace.buildAgain('os', ['tar'], ON)).rejects.toMatchObject({
    code: 'not-reproduced',
    message: expect.stringMatching(/^the image of os\/package became sha256:.* when it was made again/),
  });
  said.mockRestore();
});

function formats(): Record<string, string> {
  const files = readdirSync(workspace.path('dist/os'), { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map((file) => [file.name, sha256(readFileSync(join(file.parentPath, file.name)))])
      .sort(),
  );
}
