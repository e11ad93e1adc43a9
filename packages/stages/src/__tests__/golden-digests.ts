import { createHash } from 'node:crypto';
import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Settings } from '../index.js';
import { stageNames, stageVersion } from '../stages.js';
import { TestWorkspace } from './test-workspace.js';

const FIXTURES = join(__dirname, '../__fixtures__');

/** Formats that need no boot loader, so that their bytes depend on nothing but this repository. */
export const GOLDEN_FORMATS = ['kernel+initrd', 'tar', 'docker', 'tar-kernel-initrd'];

/** The formats that show a bill of materials in both ways in which a root is written. */
const GOLDEN_SBOM_FORMATS = ['kernel+initrd', 'tar'];

/** A system with a container in every section. */
export const GOLDEN_YAML = `kernel: {image: conf/kernel:1, cmdline: console=ttyS0}
init: [conf/init:1, conf/init2:1, conf/special:1, conf/override:1]
volumes:
  - {name: blank}
  - {name: files, image: conf/whiteout:1}
  - {name: image, image: conf/links:1, format: oci}
onboot:
  - {name: sysctl, image: conf/label:1}
  - {name: dhcp, image: conf/plain:1, binds: ['blank:/data']}
onshutdown:
  - {name: bye, image: conf/bare:1}
services:
  - {name: web, image: conf/plain:1, uid: web}
  - {name: db, image: conf/links:1, readonly: true}
  - {name: banner, image: '@pkg:package'}
files:
  - {path: etc/motd, contents: hi, mode: '0644'}
  - {path: etc/linuxkit.yml, metadata: yaml}
trust: {image: [conf/plain]}
`;

/** Text that LZ4 makes smaller, with matches of many lengths and distances. */
const NUMBERS = Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 10_007).join(' ');

/** A system whose root Linux mounts, with files of which some are worth compressing. Any image is a loader here. */
const MOUNTED = {
  name: 'mounted',
  yaml: `kernel: {image: conf/kernel:1, cmdline: console=ttyS0}
init: [conf/init:1, conf/links:1]
services:
  - {name: web, image: conf/plain:1}
files:
  - {path: etc/numbers, contents: '${NUMBERS}'}
  - {path: etc/motd, contents: hi}
outputs:
  - {format: kernel+initrd, root: erofs}
`,
};

/** A system whose services are images in containerd's store. Two of them have the same image. */
const STORED = {
  name: 'stored',
  yaml: `init: [conf/init:1]
imageStore: containerd
onboot:
  - {name: first, image: conf/plain:1}
services:
  - {name: web, image: conf/plain:1}
  - {name: db, image: conf/links:1, readonly: true}
  - {name: again, image: conf/plain:1, readonly: true}
files:
  - {path: usr/lib/linuxkit/images.sh, contents: imports}
  - {path: usr/bin/containerd, contents: stores}
`,
};

/** For each stage its version with those upstream, and the sha256 of each file that it wrote. */
export type Golden = Record<string, { version: string; files: Record<string, string> }>;

export const GOLDEN_SETTINGS = { images: { 'conf/': 'oci:images/' } };

/** Copies the images and the package of the system into a folder. */
export function copyGoldenFiles(folder: string): void {
  cpSync(join(FIXTURES, 'rootfs/images'), join(folder, 'images'), { recursive: true });
  cpSync(join(FIXTURES, 'package'), join(folder, 'package'), { recursive: true });
}

/** Builds fixed systems from fixed images, without and with a bill of materials, and digests what every stage wrote. */
export async function goldenDigests(): Promise<Golden> {
  const without = await digestsOf(GOLDEN_FORMATS, GOLDEN_SETTINGS);
  const { sbom, initramfs, format } = await digestsOf(GOLDEN_SBOM_FORMATS, {
    ...GOLDEN_SETTINGS,
    sbom: true,
  });
  const loaders = { 'rootfs-loader': 'conf/init:1' };
  const mounted = await digestsOf(['kernel+initrd'], { ...GOLDEN_SETTINGS, loaders }, MOUNTED);
  const stored = await digestsOf(['kernel+initrd', 'tar'], GOLDEN_SETTINGS, STORED);
  const both = (stage: 'segment' | 'initramfs' | 'format') => ({
    ...without[stage],
    files: { ...without[stage].files, ...stored[stage].files },
  });
  // What has the document is digested once more, because only it can differ from the system without one.
  const files = { ...sbom.files, ...initramfs.files, ...format.files };
  return {
    ...without,
    segment: both('segment'),
    initramfs: both('initramfs'),
    sbom: { version: sbom.version, files },
    format: { ...without.format, files: { ...both('format').files, ...mounted.format.files } },
  };
}

async function digestsOf(
  formats: readonly string[],
  settings: Settings,
  { name, yaml } = { name: 'golden', yaml: GOLDEN_YAML },
): Promise<Golden> {
  const workspace = new TestWorkspace();
  try {
    copyGoldenFiles(workspace.root);
    await workspace.build(name, yaml, formats, settings);
    return digests(workspace);
  } finally {
    workspace.remove();
  }
}

function digests(workspace: TestWorkspace): Golden {
  const golden: Golden = Object.fromEntries(
    stageNames.map((stage) => [stage, { version: stageVersion(stage), files: {} }]),
  );
  for (const [stage, path] of [...stageFiles(workspace), ...formatFiles(workspace)]) {
    const name = relative(workspace.root, path).split(sep).join('/');
    golden[stage].files[name] = createHash('sha256').update(readFileSync(path)).digest('hex');
  }
  return golden;
}

/**
 * A stage's files lie in a folder of its name. `stage.json` is left out: it has keys, and they are not part of an
 * output.
 */
function stageFiles(workspace: TestWorkspace): [string, string][] {
  return filesBelow(workspace.path('.linuxkit'))
    .filter((path) => !path.endsWith('stage.json'))
    .map((path): [string, string] => [path.split(sep).at(-2) as string, path]);
}

function formatFiles(workspace: TestWorkspace): [string, string][] {
  return filesBelow(workspace.path('dist')).map((path): [string, string] => ['format', path]);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
