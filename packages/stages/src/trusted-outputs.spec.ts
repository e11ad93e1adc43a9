import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

/** The package's image with another greeting, made by the same code. */
async function forgedArchive(): Promise<Buffer> {
  const other = new TestWorkspace();
  try {
    cpSync(join(__dirname, '__fixtures__/package'), other.path('os/package'), { recursive: true });
    other.write('os/package/files/banner', 'forged');
    await other.build('os', "init: ['@pkg:./package']", ['tar']);
    return readFileSync(join(outputFolder(other.root, 'packages', 'image'), 'image.tar'));
  } finally {
    other.remove();
  }
}

/** One forgery for each stage whose output decides bytes. A segment whose parts have other ids is read as a file. */
const FORGERIES: Record<string, () => void | Promise<void>> = {
  pull: () => poison(folder('images/web-', 'pull'), 'config.json', put('/bin/web', '/bin/sh')),
  image: async () => {
    const archive = await forgedArchive();
    const digest = archiveDigest(archive);
    poison(
      folder('packages', 'image'),
      'image.tar',
      () => archive,
      () => ({ digest }),
    );
  },
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
      .map((line) => line.split(' ')[0])
      .filter((word) => !FORMATS.includes(word));
  expect(new Set(await stagesThatRan('store'))).toEqual(
    new Set(['pull', 'image', 'extract', 'segment', 'oci-config', 'sbom', 'initramfs']),
  );
  expect(await stagesThatRan('store')).toEqual([]);
  expect(new Set(await stagesThatRan('other-store')).size).toBe(7);
  rmSync(workspace.path('other-store'), { recursive: true });
});

it('an archive of a package that is damaged or another one than its seal says is made again', async () => {
  const archive = join(folder('packages', 'image'), 'image.tar');
  const whole = readFileSync(archive);
  for (const bytes of [await forgedArchive(), whole.subarray(0, 700), Buffer.alloc(0)]) {
    replace(archive, bytes);
    await workspace.buildAgain('os', FORMATS, ON);
    expect(readFileSync(archive).equals(whole)).toBe(true);
    expect(formats()).toEqual(right);
  }
});

/** The digest in the archive's index.json. */
function archiveDigest(archive: Buffer): string {
  const index = /"manifests":\[\{[^}]*"digest":"(sha256:[0-9a-f]{64})"/;
  return index.exec(archive.toString('latin1'))?.[1] as string;
}

function formats(): Record<string, string> {
  const files = readdirSync(workspace.path('dist/os'), { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map((file) => [file.name, sha256(readFileSync(join(file.parentPath, file.name)))])
      .sort(),
  );
}
