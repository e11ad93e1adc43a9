import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { formatNames } from '@nx-linuxkit/formats';
import initGenerator from '../packages/nx-linuxkit/src/generators/init/index.js';
import osGenerator from '../packages/nx-linuxkit/src/generators/os/index.js';
import { openEditor, type Completion, type YamlEditor } from './editor/yaml-server.js';
import { REPOSITORY } from './workspace/packed.js';

const SYSTEM = 'apps/web/linuxkit.yml';
const IMAGES = '@pkg:@nx-linuxkit/images/';
/** Images that formats take themselves, and that a YAML does not name. */
const LOADERS = [
  'efi-stub',
  'grub-efi',
  'isolinux',
  'rootfs-loader',
  'rpi-firmware',
  'syslinux',
  'systemd-boot',
  'verity-loader',
];
/** Images that other images are made from. A system names none of them. */
const BASES = ['luks'];

/** yaml-language-server in a workspace after `nx add`: no file names a schema. */
describe('an editor', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'editor-'));
  let system: string;
  let editor: YamlEditor;

  beforeAll(async () => {
    const tree = createTreeWithEmptyWorkspace();
    await initGenerator(tree, { skipFormat: true });
    await osGenerator(tree, { name: 'web', directory: 'apps/web', skipFormat: true });
    for (const { path, content } of tree.listChanges()) write(path, content ?? '');
    system = tree.read(SYSTEM, 'utf8') as string;
    mkdirSync(join(workspace, 'node_modules'));
    symlinkSync(join(REPOSITORY, 'packages/nx-linuxkit'), join(workspace, 'node_modules/nx-linuxkit'));
    editor = await openEditor(workspace);
  });
  afterAll(() => {
    editor?.stop();
    rmSync(workspace, { recursive: true });
  });

  const write = (path: string, content: string | Buffer) => {
    mkdirSync(dirname(join(workspace, path)), { recursive: true });
    writeFileSync(join(workspace, path), content);
  };

  const labels = (found: readonly Completion[]) => found.map(({ label }) => label);
  const images = (found: readonly Completion[]) =>
    labels(found)
      .filter((label) => label.includes(IMAGES))
      .map((label) => label.replace(/^['"]|['"]$/g, '').slice(IMAGES.length));

  it('finds the generated system right, which names no schema', async () => {
    expect(system).not.toContain('$schema');
    expect(await editor.check(SYSTEM, system)).toEqual([]);
  });

  it.each(['linuxkit.yml', 'apps/web/debug.linuxkit.yml', 'deep/down/linuxkit.yaml'])(
    'finds a key that is unknown in %s',
    async (file) => {
      expect(await editor.check(file, 'kernle:\n  image: x\n')).toEqual([expect.stringContaining('kernle')]);
    },
  );

  it('offers all formats', async () => {
    const found = labels(await editor.complete(SYSTEM, 'outputs:\n  - format: |\n'));
    expect(found).toEqual(expect.arrayContaining([...formatNames]));
  });

  it('offers the images of the base set where each has its place', async () => {
    const at = async (text: string) => images(await editor.complete(SYSTEM, text));
    const kernels = await at('kernel:\n  image: |\n');
    const inits = await at('init:\n  - |\n');
    const services = await at('services:\n  - name: web\n    image: |\n');
    expect(kernels).toContain('kernel');
    expect(inits).toContain('containerd');
    expect(services).toContain('nginx');
    const all = readdirSync(join(REPOSITORY, 'images')).filter((name) =>
      existsSync(join(REPOSITORY, 'images', name, 'build.yml')),
    );
    expect([...kernels, ...inits, ...services, ...LOADERS, ...BASES].sort()).toEqual(all.sort());
  });

  it('writes an image so that it is YAML: a plain scalar cannot begin with an at sign', async () => {
    const found = await editor.complete(SYSTEM, 'services:\n  - name: web\n    image: |\n');
    const nginx = found.find(({ label }) => label.includes(`${IMAGES}nginx`));
    expect(nginx?.insertText?.trim()).toMatch(/^(['"])@pkg:@nx-linuxkit\/images\/nginx\1$/);
  });

  it('offers keys with what they mean', async () => {
    const found = await editor.complete(SYSTEM, '|\n');
    const kernel = found.find(({ label }) => label === 'kernel');
    const { documentation } = kernel ?? {};
    const text = typeof documentation === 'object' ? documentation.value : documentation;
    expect(text).toContain('The kernel image and its command line.');
  });

  it('shows what the key under the pointer means', async () => {
    const shown = await editor.hover(
      SYSTEM,
      'services:\n  - name: web\n    image: x\n    capa|bilities: [all]\n',
    );
    expect(shown).toMatch(/capabilities/i);
  });
});
