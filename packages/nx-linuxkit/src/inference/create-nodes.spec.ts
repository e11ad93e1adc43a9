import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  logger,
  type CreateNodesContextV2,
  type NxJsonConfiguration,
  type ProjectConfiguration,
} from '@nx/devkit';
import type { PluginOptions } from '../options.js';
import { createNodes } from './create-nodes.js';

/** Two formats stand for all: what a node holds of one, it holds of each. */
jest.mock('../../../stages/src/formats/catalog', () => {
  const { formats } = jest.requireActual('../../../stages/src/formats/catalog');
  const two = ['kernel+initrd', 'tar'].map((wanted) =>
    formats.find(({ name }: { name: string }) => name === wanted),
  );
  return { formats: two, formatNames: two.map(({ name }) => name) };
});

const DIGESTS = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`);

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-inference-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** A lock of references for one platform, each with a digest of its own. */
function lock(references: readonly string[], platform = 'linux/amd64'): string {
  const images = Object.fromEntries(
    references.map((name, i) => [name, { [platform]: { digest: DIGESTS[i] } }]),
  );
  return JSON.stringify({ lockfileVersion: 1, images });
}

/** The projects of the files, by name. */
async function infer(
  files: Readonly<Record<string, string>>,
  { options = {}, nxJson = {} }: { options?: PluginOptions; nxJson?: NxJsonConfiguration } = {},
): Promise<Record<string, ProjectConfiguration>> {
  write(files);
  const context = { workspaceRoot: root, nxJsonConfiguration: nxJson } as CreateNodesContextV2;
  const results = await createNodes[1](Object.keys(files), options, context);
  const projects = results.flatMap(([, { projects = {} }]) => Object.entries(projects));
  for (const [path, project] of projects) expect(project.root).toBe(path);
  const names = projects.map(([, { name }]) => name as string);
  expect(names).toEqual([...new Set(names)]);
  return Object.fromEntries(projects.map(([, project]) => [project.name, project as ProjectConfiguration]));
}

const init = (image: string) => `init:\n  - ${image}\noutputs:\n  - format: tar\n`;
const OS = `kernel:
  image: kernel:1
  cmdline: console=ttyS0
services:
  - name: web
    image: registry.example/team/web:2
`;
const OS_LOCK = lock(['kernel:1', 'registry.example/team/web:2']);

describe('the nodes of a system', () => {
  const names = [
    'my-os',
    'my-os/initramfs',
    'my-os/oci-config',
    'my-os/verify',
    'oci/kernel-111111111111-amd64',
    'oci/web-222222222222-amd64',
    'segment/oci/kernel-111111111111-amd64/kernel',
    'segment/oci/web-222222222222-amd64/services/web',
  ];
  const files = { 'apps/my-os/linuxkit.yml': OS, 'apps/my-os/linuxkit.lock.json': OS_LOCK };

  it('are these', async () => {
    expect(Object.keys(await infer(files))).toEqual(names);
  });

  it('the system', async () => {
    expect((await infer(files))['my-os']).toMatchInlineSnapshot(`
     {
       "implicitDependencies": [
         "my-os/initramfs",
       ],
       "metadata": {
         "description": "Bootable Linux system my-os for linux/amd64, from apps/my-os/linuxkit.yml",
         "targetGroups": {
           "Formats": [
             "kernel+initrd",
             "tar",
           ],
           "Operating system": [
             "build",
             "boot",
             "boot-test",
             "lock",
           ],
         },
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "my-os",
       "namedInputs": {
         "linuxkit": [
           {
             "externalDependencies": [],
           },
         ],
       },
       "projectType": "application",
       "root": "apps/my-os",
       "tags": [
         "linuxkit:os",
       ],
       "targets": {
         "boot": {
           "cache": false,
           "continuous": true,
           "dependsOn": [
             "kernel+initrd",
           ],
           "executor": "nx-linuxkit:boot",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "Boot a format in QEMU with the console on the terminal",
             "help": {
               "command": "nx boot my-os --publish=8080:80",
               "example": {
                 "options": {
                   "memory": 1024,
                 },
               },
             },
             "technologies": [
               "linuxkit",
               "qemu",
             ],
           },
           "options": {
             "format": "kernel+initrd",
             "os": {
               "file": "apps/my-os/linuxkit.yml",
               "name": "my-os",
             },
           },
         },
         "boot-test": {
           "cache": true,
           "dependsOn": [
             "kernel+initrd",
           ],
           "executor": "nx-linuxkit:boot-test",
           "inputs": [
             "linuxkit",
           ],
           "metadata": {
             "description": "Boot a format in QEMU without a screen and check that it comes up",
             "help": {
               "command": "nx boot-test my-os",
               "example": {
                 "options": {
                   "expect": [
                     "login:",
                   ],
                 },
               },
             },
             "technologies": [
               "linuxkit",
               "qemu",
             ],
           },
           "options": {
             "format": "kernel+initrd",
             "key": "format-75b127926879 b5cb5acb9605bbd3e13d0622d770ad10ea12c9326eac6d84dc2e6704ebd6ae97",
             "os": {
               "file": "apps/my-os/linuxkit.yml",
               "name": "my-os",
             },
           },
           "outputs": [
             "{workspaceRoot}/.linuxkit/my-os/boot-test/{options.format}",
           ],
         },
         "build": {
           "cache": true,
           "dependsOn": [
             "kernel+initrd",
           ],
           "executor": "nx-linuxkit:stage",
           "inputs": [
             "linuxkit",
             "{workspaceRoot}/apps/my-os/linuxkit.yml",
             "{workspaceRoot}/apps/my-os/project.json",
             "{workspaceRoot}/apps/my-os/package.json",
           ],
           "metadata": {
             "description": "Make every format that apps/my-os/linuxkit.yml declares: kernel+initrd",
             "help": {
               "command": "nx build my-os",
               "example": {
                 "options": {},
               },
             },
             "linuxkit": {
               "asksDocker": false,
               "formats": [
                 "kernel+initrd",
               ],
               "trusted": [],
             },
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "os": {
               "dist": "dist/apps/my-os",
               "file": "apps/my-os/linuxkit.yml",
               "name": "my-os",
               "platform": "linux/amd64",
               "root": "apps/my-os",
             },
             "stage": "build",
           },
           "outputs": [],
         },
         "kernel+initrd": {
           "cache": true,
           "dependsOn": [
             "^initramfs",
           ],
           "executor": "nx-linuxkit:stage",
           "inputs": [
             "linuxkit",
           ],
           "metadata": {
             "description": "Kernel, initrd and command line as three files: my-os-kernel, my-os-initrd.img, my-os-cmdline",
           },
           "options": {
             "format": "kernel+initrd",
             "key": "format-75b127926879 9f24b8d74320db9fb2997a5efe7198414e8a532480224e65368500036a3e3b49",
             "os": {
               "file": "apps/my-os/linuxkit.yml",
               "name": "my-os",
             },
           },
           "outputs": [
             "{workspaceRoot}/dist/apps/my-os/kernel+initrd",
           ],
         },
         "lock": {
           "cache": false,
           "executor": "nx-linuxkit:lock",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "Pin every image reference to its digest in the lock file",
             "help": {
               "command": "nx lock my-os --update",
               "example": {
                 "options": {
                   "update": true,
                 },
               },
             },
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "file": "apps/my-os/linuxkit.yml",
           },
         },
         "tar": {
           "cache": true,
           "dependsOn": [
             "^initramfs",
           ],
           "executor": "nx-linuxkit:stage",
           "inputs": [
             "linuxkit",
           ],
           "metadata": {
             "description": "The root file system as a tar archive, with the kernel under boot/: my-os.tar",
           },
           "options": {
             "format": "tar",
             "key": "format-75b127926879 9f24b8d74320db9fb2997a5efe7198414e8a532480224e65368500036a3e3b49",
             "os": {
               "file": "apps/my-os/linuxkit.yml",
               "name": "my-os",
             },
           },
           "outputs": [
             "{workspaceRoot}/dist/apps/my-os/tar",
           ],
         },
       },
     }
    `);
  });

  it('its initramfs', async () => {
    expect((await infer(files))['my-os/initramfs']).toMatchInlineSnapshot(`
     {
       "implicitDependencies": [
         "segment/oci/kernel-111111111111-amd64/kernel",
         "segment/oci/web-222222222222-amd64/services/web",
         "my-os/oci-config",
         "my-os/verify",
       ],
       "metadata": {
         "description": "The initramfs of my-os",
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "my-os/initramfs",
       "namedInputs": {
         "default": [],
         "linuxkit": [],
       },
       "projectType": "application",
       "root": ".linuxkit/my-os/initramfs",
       "tags": [
         "linuxkit:initramfs",
       ],
       "targets": {
         "initramfs": {
           "cache": true,
           "dependsOn": [
             "^oci-config",
             "^verify",
             "^segment",
           ],
           "executor": "nx-linuxkit:stage",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Put the segments in order and make the one that only this OS has",
           },
           "options": {
             "key": "initramfs-79a2d9cd1a4d f6371fcac94956ef726799d6825b6f4c240a969fa238e2a25ff15cafb88b3361",
             "os": {
               "file": "apps/my-os/linuxkit.yml",
               "name": "my-os",
             },
             "stage": "initramfs",
           },
           "outputs": [
             "{projectRoot}/initramfs",
           ],
         },
       },
     }
    `);
  });

  it('its configs', async () => {
    expect((await infer(files))['my-os/oci-config']).toMatchInlineSnapshot(`
     {
       "implicitDependencies": [
         "oci/kernel-111111111111-amd64",
         "oci/web-222222222222-amd64",
       ],
       "metadata": {
         "description": "How the containers of my-os run",
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "my-os/oci-config",
       "namedInputs": {
         "default": [],
         "linuxkit": [],
       },
       "projectType": "application",
       "root": ".linuxkit/my-os/oci-config",
       "tags": [
         "linuxkit:oci-config",
       ],
       "targets": {
         "oci-config": {
           "cache": true,
           "dependsOn": [
             "^pull",
             "^image",
           ],
           "executor": "nx-linuxkit:stage",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Make config.json and runtime.json of each container",
           },
           "options": {
             "key": "oci-config-3ed3f8803561 04ee45502064c63e35bcf47c9d4b56bc2f8113021513d1e63cc75fb4a4ca03d1",
             "os": {
               "file": "apps/my-os/linuxkit.yml",
               "name": "my-os",
             },
             "stage": "oci-config",
           },
           "outputs": [
             "{projectRoot}/oci-config",
           ],
         },
       },
     }
    `);
  });

  it('its initramfs has every image by way of its segment', async () => {
    const projects = await infer(files);
    const segments = projects['my-os/initramfs'].implicitDependencies?.filter((id) => /^segment/.test(id));
    const images = segments?.flatMap((id) => projects[id].implicitDependencies);
    expect(images).toEqual(Object.keys(projects).filter((id) => id.startsWith('oci/')));
  });

  it('its signatures', async () => {
    expect((await infer(files))['my-os/verify']).toMatchInlineSnapshot(`
     {
       "implicitDependencies": [
         "oci/kernel-111111111111-amd64",
         "oci/web-222222222222-amd64",
       ],
       "metadata": {
         "description": "The images that my-os trusts",
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "my-os/verify",
       "namedInputs": {
         "default": [],
         "linuxkit": [],
       },
       "projectType": "application",
       "root": ".linuxkit/my-os/verify",
       "tags": [
         "linuxkit:verify",
       ],
       "targets": {
         "verify": {
           "cache": true,
           "dependsOn": [
             "^pull",
             "^image",
           ],
           "executor": "nx-linuxkit:stage",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Check the signatures of the images that \`trust\` names",
           },
           "options": {
             "key": "verify-22e5ba44de22 ce9bd0229264741f0419d03b04dd976734ce4e8ea57b41d4b31121af4cada727",
             "os": {
               "file": "apps/my-os/linuxkit.yml",
               "name": "my-os",
             },
             "stage": "verify",
           },
           "outputs": [
             "{projectRoot}/verify",
           ],
         },
       },
     }
    `);
  });

  it('a segment', async () => {
    expect((await infer(files))['segment/oci/web-222222222222-amd64/services/web']).toMatchInlineSnapshot(`
     {
       "implicitDependencies": [
         "oci/web-222222222222-amd64",
       ],
       "metadata": {
         "description": "oci/web-222222222222-amd64 at containers/services/web",
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "segment/oci/web-222222222222-amd64/services/web",
       "namedInputs": {
         "default": [],
         "linuxkit": [],
       },
       "projectType": "application",
       "root": ".linuxkit/segment/oci/web-222222222222-amd64/services/web",
       "tags": [
         "linuxkit:segment",
       ],
       "targets": {
         "segment": {
           "cache": true,
           "dependsOn": [
             "^extract",
           ],
           "executor": "nx-linuxkit:stage",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Make the initramfs segment of oci/web-222222222222-amd64 at containers/services/web",
           },
           "options": {
             "image": {
               "id": "oci/web-222222222222-amd64",
               "platform": "linux/amd64",
               "root": ".linuxkit/images/web-222222222222-amd64",
               "source": {
                 "digest": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
                 "from": "registry.example/team/web",
                 "kind": "pulled",
               },
             },
             "root": ".linuxkit/segment/oci/web-222222222222-amd64/services/web",
             "segment": {
               "at": "containers/services/web",
               "compressor": "gzip",
               "section": "services",
             },
             "stage": "segment",
             "v": "segment-ca6a32a63ef5",
           },
           "outputs": [
             "{projectRoot}/segment",
           ],
         },
       },
     }
    `);
  });

  it('an image', async () => {
    expect((await infer(files))['oci/web-222222222222-amd64']).toMatchInlineSnapshot(`
     {
       "metadata": {
         "description": "registry.example/team/web for linux/amd64",
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "oci/web-222222222222-amd64",
       "namedInputs": {
         "default": [],
         "linuxkit": [],
       },
       "projectType": "application",
       "root": ".linuxkit/images/web-222222222222-amd64",
       "tags": [
         "linuxkit:image",
       ],
       "targets": {
         "extract": {
           "cache": true,
           "dependsOn": [
             "pull",
           ],
           "executor": "nx-linuxkit:stage",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Flatten the layers of registry.example/team/web into one tree",
           },
           "options": {
             "image": {
               "id": "oci/web-222222222222-amd64",
               "platform": "linux/amd64",
               "root": ".linuxkit/images/web-222222222222-amd64",
               "source": {
                 "digest": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
                 "from": "registry.example/team/web",
                 "kind": "pulled",
               },
             },
             "stage": "extract",
             "v": "extract-6846eccc7c48",
           },
           "outputs": [
             "{projectRoot}/extract",
           ],
         },
         "pull": {
           "cache": true,
           "executor": "nx-linuxkit:stage",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Fetch the manifest, config and layers of registry.example/team/web and verify their digests",
           },
           "options": {
             "image": {
               "id": "oci/web-222222222222-amd64",
               "platform": "linux/amd64",
               "root": ".linuxkit/images/web-222222222222-amd64",
               "source": {
                 "digest": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
                 "from": "registry.example/team/web",
                 "kind": "pulled",
               },
             },
             "stage": "pull",
             "v": "pull-b4477b75d32e",
           },
           "outputs": [
             "{projectRoot}/pull",
           ],
         },
       },
     }
    `);
  });

  it('do not depend on comments, spaces or the order of keys', async () => {
    const [before, after] = [
      await infer(files),
      await infer({
        ...files,
        'apps/my-os/linuxkit.yml': `# comment\n${OS.replace('console=ttyS0', '"console=ttyS0"')}`,
      }),
    ];
    expect(after).toEqual(before);
  });

  it('say nothing of env: options are visible in nx graph', async () => {
    const secret = { ...files, 'apps/my-os/linuxkit.yml': `${OS}    env: [PASSWORD=hunter2]\n` };
    expect(JSON.stringify(await infer(secret))).not.toContain('hunter2');
  });
});

describe('a package', () => {
  const banner = { 'images/banner/build.yml': 'image: banner\ncontents: {}\n' };

  it('is an image node with its files as input', async () => {
    const projects = await infer({
      ...banner,
      'apps/my-os/linuxkit.yml': init('"@pkg:../../images/banner"'),
    });
    expect(projects['pkg/images/banner-amd64']).toMatchInlineSnapshot(`
     {
       "metadata": {
         "description": "images/banner for linux/amd64",
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "pkg/images/banner-amd64",
       "namedInputs": {
         "default": [],
         "linuxkit": [
           "{workspaceRoot}/images/banner/**/*",
         ],
       },
       "projectType": "application",
       "root": ".linuxkit/packages/images/banner-amd64",
       "tags": [
         "linuxkit:image",
       ],
       "targets": {
         "extract": {
           "cache": true,
           "dependsOn": [
             "image",
           ],
           "executor": "nx-linuxkit:stage",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Flatten the layers of images/banner into one tree",
           },
           "options": {
             "image": {
               "id": "pkg/images/banner-amd64",
               "platform": "linux/amd64",
               "root": ".linuxkit/packages/images/banner-amd64",
               "source": {
                 "folder": "images/banner",
                 "kind": "package",
               },
             },
             "stage": "extract",
             "v": "extract-6846eccc7c48",
           },
           "outputs": [
             "{projectRoot}/extract",
           ],
         },
         "image": {
           "cache": true,
           "executor": "nx-linuxkit:stage",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Make the image of images/banner",
           },
           "options": {
             "image": {
               "id": "pkg/images/banner-amd64",
               "platform": "linux/amd64",
               "root": ".linuxkit/packages/images/banner-amd64",
               "source": {
                 "folder": "images/banner",
                 "kind": "package",
               },
             },
             "stage": "image",
             "v": "image-0db9e2e398e9",
           },
           "outputs": [
             "{projectRoot}/image",
           ],
         },
         "lock": {
           "cache": false,
           "executor": "nx-linuxkit:lock",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "Pin the Debian packages of images/banner to their current versions",
             "help": {
               "command": "nx lock pkg/images/banner-amd64",
               "example": {
                 "options": {},
               },
             },
             "technologies": [
               "linuxkit",
               "debian",
             ],
           },
           "options": {
             "folder": "images/banner",
           },
         },
       },
     }
    `);
    expect(projects['segment/pkg/images/banner-amd64/init'].targets?.segment.inputs).toEqual([
      { externalDependencies: [] },
      'linuxkit',
      { projects: ['pkg/images/banner-amd64'], input: 'linuxkit' },
    ]);
  });

  it('alone makes no node, nor does a build.yml of somebody else', async () => {
    const foreign = {
      '.github/workflows/build.yml': 'on: push\n',
      'ci/build.yml': 'image: node:22\nscript: [make]\n',
    };
    expect(await infer({ ...banner, ...foreign })).toEqual({});
  });
});

describe('names', () => {
  const two = (yaml: string, references: readonly string[], file = 'linuxkit') => ({
    [`apps/my-os/${file}.yml`]: yaml,
    [`apps/my-os/${file}.lock.json`]: lock(references),
  });

  it('two files in one folder', async () => {
    const projects = await infer({
      ...two(init('init:1'), ['init:1']),
      ...two(init('init:1'), ['init:1'], 'debug.linuxkit'),
    });
    const { 'my-os': plain, 'my-os-debug': debug } = projects;
    expect([plain.root, debug.root]).toEqual(['apps/my-os', '.linuxkit/os/apps/my-os/debug']);
    expect(debug.targets?.tar.outputs).toEqual(['{workspaceRoot}/dist/apps/my-os/debug/tar']);
    expect(plain.targets?.tar.outputs).toEqual(['{workspaceRoot}/dist/apps/my-os/tar']);
  });

  it('two platforms', async () => {
    const platforms = { 'linux/amd64': { digest: DIGESTS[0] }, 'linux/arm64': { digest: DIGESTS[1] } };
    const projects = await infer({
      'apps/my-os/linuxkit.yml': `${init('init:1')}platforms: [linux/amd64, linux/arm64]\n`,
      'apps/my-os/linuxkit.lock.json': JSON.stringify({
        lockfileVersion: 1,
        images: { 'init:1': platforms },
      }),
    });
    expect(Object.keys(projects)).toEqual(
      expect.arrayContaining([
        'my-os',
        'my-os-arm64',
        'oci/init-111111111111-amd64',
        'oci/init-222222222222-arm64',
      ]),
    );
    expect(projects['my-os-arm64'].targets?.tar.outputs).toEqual([
      '{workspaceRoot}/dist/apps/my-os/arm64/tar',
    ]);
  });

  it('two folders of one name: the shorter path keeps it, and a warning says so', async () => {
    const warn = jest.spyOn(logger, 'warn').mockImplementation();
    const projects = await infer({
      'apps/b/my-os/linuxkit.yml': init('init:1'),
      'apps/b/my-os/linuxkit.lock.json': lock(['init:1']),
      ...two(init('init:1'), ['init:1']),
    });
    expect(projects['my-os'].root).toBe('apps/my-os');
    expect(projects['apps-b-my-os'].root).toBe('apps/b/my-os');
    expect(warn).toHaveBeenCalledWith(
      expect.stringContaining('apps/b/my-os: another folder is called my-os'),
    );
  });

  it('two names that differ in their scope alone have nodes of their own', async () => {
    write({ 'a/package.json': '{"name":"@a/os"}', 'b/package.json': '{"name":"@b/os"}' });
    const one = { 'linuxkit.yml': init('init:1'), 'linuxkit.lock.json': lock(['init:1']) };
    const files = ['a', 'b'].flatMap((folder) =>
      Object.entries(one).map(([name, text]) => [`${folder}/${name}`, text]),
    );
    const projects = await infer(Object.fromEntries(files));
    expect(projects).toHaveProperty(['@a/os/initramfs']);
    expect(projects).toHaveProperty(['@b/os/initramfs']);
  });

  it.each([
    ['a variant and a folder', { 'apps/my-os/debug.linuxkit.yml': init('init:1') }, 'my-os-debug'],
    [
      'a platform and a folder',
      { 'apps/my-os/linuxkit.yml': `${init('init:1')}platforms: [linux/amd64, linux/debug]\n` },
      'my-os-debug',
    ],
  ])('%s of one name: the folder keeps it', async (_, files, name) => {
    const warn = jest.spyOn(logger, 'warn').mockImplementation();
    const projects = await infer({ 'apps/my-os-debug/linuxkit.yml': init('init:1'), ...files });
    expect(projects[name].root).toBe('apps/my-os-debug');
    expect(projects['apps-my-os-debug'].root).toBe('.linuxkit/os/apps/my-os/debug');
    expect(warn).toHaveBeenCalledWith(expect.stringContaining(`another project is called ${name}`));
  });

  it('a broken variant has one name, however often it is asked for', async () => {
    const projects = await infer({ 'apps/my-os/debug.linuxkit.yml': 'init:\n  - "@pkg:gone"\n' });
    expect(Object.keys(projects)).toEqual(['my-os-debug']);
  });

  it('a variant beside a folder of its name, and one called like a format, build into folders of their own', async () => {
    const projects = await infer({
      'apps/my-os/linuxkit.yml': init('init:1'),
      'apps/my-os/debug.linuxkit.yml': init('init:1'),
      'apps/my-os/tar.linuxkit.yml': init('init:1'),
      'apps/my-os/debug/linuxkit.yml': init('init:1'),
      'apps/my-os/kernel+initrd/linuxkit.yml': init('init:1'),
    });
    const dists = Object.fromEntries(
      Object.entries(projects).map(([name, { targets }]) => [name, targets?.build.options.os.dist]),
    );
    expect(dists).toEqual({
      'my-os': 'dist/apps/my-os',
      'my-os-debug': 'dist/apps/my-os/debug.linuxkit',
      'my-os-tar': 'dist/apps/my-os/tar.linuxkit',
      debug: 'dist/apps/my-os/debug',
      'kernel+initrd': 'dist/apps/my-os/kernel+initrd.linuxkit',
    });
  });

  it('linuxkit.yml is the system, not linuxkit.yaml beside it', async () => {
    const warn = jest.spyOn(logger, 'warn').mockImplementation();
    const projects = await infer({
      'my-os/linuxkit.yaml': init('init:1'),
      'my-os/linuxkit.yml': init('init:2'),
    });
    expect(projects['my-os'].metadata?.description).toContain('my-os/linuxkit.yml');
    expect(warn).toHaveBeenCalledWith(
      'my-os/linuxkit.yaml: not used, because my-os/linuxkit.yml is beside it',
    );
  });

  it.each(['package.json', 'project.json'])('the name in %s', async (file) => {
    write({ [`apps/my-os/${file}`]: '{"name":"@scope/system"}' });
    const projects = await infer(two(init('init:1'), ['init:1']));
    expect(projects['@scope/system'].root).toBe('apps/my-os');
    expect(projects['@scope/system/initramfs'].root).toBe('.linuxkit/@scope/system/initramfs');
  });

  it('a service called initramfs, an onboot and a service of one name', async () => {
    const yaml = `onboot:
  - name: web
    image: web:1
services:
  - name: initramfs
    image: init:1
  - name: web
    image: other:1
`;
    const projects = await infer(two(yaml, ['web:1', 'init:1', 'other:1']));
    expect(Object.keys(projects)).toEqual(
      expect.arrayContaining([
        'my-os/initramfs',
        'segment/oci/web-111111111111-amd64/onboot/000-web',
        'segment/oci/init-222222222222-amd64/services/initramfs',
        'segment/oci/other-333333333333-amd64/services/web',
      ]),
    );
  });

  it('images of one name from two registries', async () => {
    const references = ['a.example/web:1', 'b.example/web:1'];
    const yaml = `init:\n${references.map((reference) => `  - ${reference}\n`).join('')}`;
    const images = Object.keys(await infer(two(yaml, references))).filter((name) => name.startsWith('oci/'));
    expect(images).toEqual(['oci/web-111111111111-amd64', 'oci/web-222222222222-amd64']);
  });

  it('an image at one place in two systems has one segment, whatever its stanza says', async () => {
    const services = ['env: [A=1]', 'env: [B=2]', 'readonly: true'].map(
      (more) => `services: [{name: web, image: 'web:1', ${more}}]\n`,
    );
    const files = services.flatMap((yaml, i) => [
      [`apps/os-${i}/linuxkit.yml`, yaml],
      [`apps/os-${i}/linuxkit.lock.json`, lock(['web:1'])],
    ]);
    const projects = await infer(Object.fromEntries(files) as Record<string, string>);
    const segments = Object.keys(projects).filter((name) => name.startsWith('segment/'));
    const shared = 'segment/oci/web-111111111111-amd64/services/web';
    expect(segments).toEqual([shared, expect.stringMatching(`^${shared}-[0-9a-f]{8}$`)]);
    for (const os of ['os-0', 'os-1', 'os-2']) {
      const own = segments[os === 'os-2' ? 1 : 0];
      expect(projects[`${os}/initramfs`].implicitDependencies).toContain(own);
    }
  });

  it('an image that is twice an init has one segment', async () => {
    const projects = await infer(two('init: [init:1, init:1]\n', ['init:1']));
    const segment = 'segment/oci/init-111111111111-amd64/init';
    const edges = projects['my-os/initramfs'].implicitDependencies;
    expect(edges?.filter((name) => name === segment)).toHaveLength(1);
    expect(projects[segment]).toBeDefined();
  });

  it('one digest under two names is one node', async () => {
    const same = { 'linux/amd64': { digest: DIGESTS[0] } };
    const projects = await infer({
      'apps/my-os/linuxkit.yml': 'init:\n  - a.example/web:1\n  - a.example/web:latest\n',
      'apps/my-os/linuxkit.lock.json': JSON.stringify({
        lockfileVersion: 1,
        images: { 'a.example/web:1': same, 'a.example/web:latest': same },
      }),
    });
    expect(Object.keys(projects).filter((name) => name.startsWith('oci/'))).toEqual([
      'oci/web-111111111111-amd64',
    ]);
  });
});

describe('files of `source`', () => {
  const withSource = (source: string) => ({
    'apps/my-os/linuxkit.yml': `${init('init:1')}files:\n  - path: etc/file\n    source: ${source}\n`,
    'apps/my-os/linuxkit.lock.json': lock(['init:1']),
  });
  const initramfs = async (source: string) => (await infer(withSource(source)))['my-os/initramfs'];

  it('are inputs, wherever they may lie, git-ignored or not', async () => {
    const { namedInputs, targets } = await initramfs('motd');
    expect(namedInputs?.linuxkit).toEqual(
      ['apps/my-os/motd', 'motd'].flatMap((path) => [
        `{workspaceRoot}/${path}`,
        { fileset: `{workspaceRoot}/${path}`, includeIgnored: true },
      ]),
    );
    expect(targets?.initramfs.cache).toBe(true);
  });

  it.each([
    ['dist/apps/server/main.js', { name: 'server' }, 'build'],
    ['apps/server/dist/main.js', { name: 'server' }, 'build'],
    [
      'out/server.bin',
      {
        name: 'server',
        targets: { link: { outputs: ['{workspaceRoot}/apps/server/out/{projectName}.bin'] } },
      },
      undefined,
    ],
    [
      'apps/server/out/server.bin',
      {
        name: 'server',
        targets: { link: { outputs: ['{projectRoot}/{options.to}/server.bin'], options: { to: 'out' } } },
      },
      'link',
    ],
  ])('%s is made by a task', async (source, project, target) => {
    write({ 'apps/server/project.json': JSON.stringify(project) });
    const { targets } = await initramfs(source);
    const made = targets?.initramfs.dependsOn?.filter((dependency) => typeof dependency !== 'string');
    expect(made).toEqual(target === undefined ? [] : [{ projects: ['server'], target }]);
  });

  it('below the dist of the system’s own folder do not wait for its own build', async () => {
    write({ 'apps/my-os/project.json': '{"name":"my-os"}' });
    const { targets } = await initramfs('dist/main.js');
    expect(targets?.initramfs.dependsOn).not.toContainEqual({ projects: ['my-os'], target: 'build' });
  });

  it('outside the workspace make what reads them uncached', async () => {
    const projects = await infer(withSource('/etc/hostname'));
    const { targets } = projects['my-os/initramfs'];
    expect([targets?.initramfs.cache, projects['my-os'].targets?.tar.cache]).toEqual([false, false]);
    expect(projects['my-os/oci-config'].targets?.['oci-config'].cache).toBe(true);
  });
});

describe('workspaces', () => {
  const files = { 'my-os/linuxkit.yml': init('init:1'), 'my-os/linuxkit.lock.json': lock(['init:1']) };

  it('whose nx.json lacks our named input', async () => {
    const projects = await infer(files, { nxJson: {} });
    for (const { namedInputs } of Object.values(projects)) expect(namedInputs).toHaveProperty('linuxkit');
    expect(JSON.stringify(projects)).not.toContain('^linuxkit');
  });

  it('whose named inputs look for files in every project', async () => {
    const projects = await infer(files, { nxJson: { namedInputs: { production: ['{projectRoot}/**/*'] } } });
    expect(projects['my-os/initramfs'].namedInputs).toMatchObject({ default: [], production: [] });
  });

  it('with default formats of their own', async () => {
    const yaml = 'init:\n  - init:1\n';
    const options = { outputs: ['tar', 'kernel+initrd'] };
    const projects = await infer({ ...files, 'my-os/linuxkit.yml': yaml }, { options });
    expect(projects['my-os'].targets?.build.dependsOn).toEqual(['tar', 'kernel+initrd']);
  });
});

describe('a system that cannot be planned', () => {
  it('broken YAML keeps its targets, which say where it is broken', async () => {
    const projects = await infer({
      'bad/linuxkit.yml': 'init:\n  - init:1\nservice: []\n',
      'good/linuxkit.yml': init('init:1'),
      'good/linuxkit.lock.json': lock(['init:1']),
    });
    expect(projects.bad).toMatchInlineSnapshot(`
     {
       "metadata": {
         "description": "Bootable Linux system bad for linux/amd64, from bad/linuxkit.yml",
         "targetGroups": {
           "Formats": [
             "kernel+initrd",
             "tar",
           ],
           "Operating system": [
             "build",
             "boot",
             "boot-test",
             "lock",
           ],
         },
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "bad",
       "namedInputs": {
         "linuxkit": [],
       },
       "projectType": "application",
       "root": "bad",
       "tags": [
         "linuxkit:os",
       ],
       "targets": {
         "boot": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms)",
           },
         },
         "boot-test": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms)",
           },
         },
         "build": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms)",
           },
         },
         "kernel+initrd": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms)",
           },
         },
         "lock": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms)",
           },
         },
         "tar": {
           "cache": false,
           "executor": "nx-linuxkit:invalid",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "bad/linuxkit.yml cannot be read",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "message": "bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, platforms)",
           },
         },
       },
     }
    `);
    expect(projects).toHaveProperty(['good/initramfs']);
  });

  it('broken YAML fails the whole graph where that is asked for', async () => {
    await expect(infer({ 'bad/linuxkit.yml': 'init: 1\n' }, { options: { strict: true } })).rejects.toThrow();
  });

  it.each([
    [
      'a broken lock',
      { 'os/linuxkit.yml': init('init:1'), 'os/linuxkit.lock.json': '{' },
      'linuxkit.lock.json',
    ],
    ['a package that is not there', { 'os/linuxkit.yml': init('"@pkg:../gone"') }, '@pkg:../gone'],
  ])('%s', async (_, files, part) => {
    const { os } = await infer(files);
    expect(os.targets?.build.executor).toBe('nx-linuxkit:invalid');
    expect(os.targets?.build.options.message).toContain(part);
  });

  it('without a lock runs the whole pipeline as one task', async () => {
    expect((await infer({ 'my-os/linuxkit.yml': OS }))['my-os']).toMatchInlineSnapshot(`
     {
       "metadata": {
         "description": "Bootable Linux system my-os for linux/amd64, from my-os/linuxkit.yml",
         "targetGroups": {
           "Formats": [
             "kernel+initrd",
             "tar",
           ],
           "Operating system": [
             "build",
             "boot",
             "boot-test",
             "lock",
           ],
         },
         "technologies": [
           "linuxkit",
         ],
       },
       "name": "my-os",
       "namedInputs": {
         "linuxkit": [],
       },
       "projectType": "application",
       "root": "my-os",
       "tags": [
         "linuxkit:os",
       ],
       "targets": {
         "boot": {
           "cache": false,
           "continuous": true,
           "dependsOn": [
             "kernel+initrd",
           ],
           "executor": "nx-linuxkit:boot",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "boot of my-os",
             "technologies": [
               "linuxkit",
               "qemu",
             ],
           },
           "options": {
             "format": "kernel+initrd",
             "os": {
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
             },
           },
         },
         "boot-test": {
           "cache": false,
           "continuous": false,
           "dependsOn": [
             "kernel+initrd",
           ],
           "executor": "nx-linuxkit:boot-test",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "boot-test of my-os",
             "technologies": [
               "linuxkit",
               "qemu",
             ],
           },
           "options": {
             "format": "kernel+initrd",
             "os": {
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
             },
           },
         },
         "build": {
           "cache": false,
           "dependsOn": [],
           "executor": "nx-linuxkit:build",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Lock my-os/linuxkit.yml and make kernel+initrd in one task",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "formats": [
               "kernel+initrd",
             ],
             "os": {
               "dist": "dist/my-os",
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
               "platform": "linux/amd64",
               "root": "my-os",
             },
           },
         },
         "kernel+initrd": {
           "cache": false,
           "dependsOn": [],
           "executor": "nx-linuxkit:build",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Lock my-os/linuxkit.yml and make kernel+initrd in one task",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "formats": [
               "kernel+initrd",
             ],
             "os": {
               "dist": "dist/my-os",
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
               "platform": "linux/amd64",
               "root": "my-os",
             },
           },
         },
         "lock": {
           "cache": false,
           "executor": "nx-linuxkit:lock",
           "inputs": [
             {
               "externalDependencies": [],
             },
           ],
           "metadata": {
             "description": "Pin every image reference to its digest in the lock file",
             "help": {
               "command": "nx lock my-os --update",
               "example": {
                 "options": {
                   "update": true,
                 },
               },
             },
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "file": "my-os/linuxkit.yml",
           },
         },
         "tar": {
           "cache": false,
           "dependsOn": [],
           "executor": "nx-linuxkit:build",
           "inputs": [
             {
               "externalDependencies": [],
             },
             "linuxkit",
           ],
           "metadata": {
             "description": "Lock my-os/linuxkit.yml and make tar in one task",
             "technologies": [
               "linuxkit",
             ],
           },
           "options": {
             "formats": [
               "tar",
             ],
             "os": {
               "dist": "dist/my-os",
               "file": "my-os/linuxkit.yml",
               "name": "my-os",
               "platform": "linux/amd64",
               "root": "my-os",
             },
           },
         },
       },
     }
    `);
  });
});
