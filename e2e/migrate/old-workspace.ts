import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { layoutOf, randomImage } from '@nx-linuxkit/testing';
import { packageFolder } from '../graph/package-folder.js';

/** A package whose folder has characters that Nx, a shell and a URL read in another way. */
const HOSTILE = 'packages/50%_a:b';

/** The systems that need no registry, by the folder that each is in, with its tar after a build of this version. */
export const BUILDABLE = {
  one: 'dist/apps/one/tar/one.tar',
  odd: 'dist/apps/!odd/tar/_odd.tar',
  packaged: 'dist/apps/packaged/tar/packaged.tar',
  hostile: 'dist/apps/hostile/tar/hostile.tar',
};

/** What 0.1 asked over plain HTTP without being told, each named in another place. */
export const PRIVATE_HOSTS = ['10.1.2.3:5000', '192.168.7.7:5000', 'printer.local'];

const init = (reference: string) => `init:\n  - "${reference}"\noutputs:\n  - format: tar\n`;

/**
 * The files of a workspace of 0.1, as text or bytes by path: nx.json as the init generator of 0.1 wrote it, options that
 * people set, systems that build without a registry, one of a private registry with its lock, a folder that begins with
 * an exclamation mark, a package, and scripts and targets with the names that nodes had.
 */
export async function oldWorkspace(): Promise<Record<string, string | Buffer>> {
  const image = await randomImage(1, { layers: [{ entries: [{ name: 'bin/init', body: 'init 1' }] }] });
  const { digest } = image.manifest.descriptor;
  const lock = (reference: string, locked: string = digest) =>
    `${JSON.stringify({ lockfileVersion: 1, images: { [reference]: { 'linux/amd64': { digest: locked } } } }, null, 2)}\n`;
  const nxJson = {
    analytics: false,
    plugins: [
      {
        plugin: 'nx-linuxkit',
        options: { insecure: ['old.lan:5000'], images: { 'team/': '192.168.7.7:5000/team/' } },
      },
    ],
    namedInputs: { linuxkit: [] },
    targetDefaults: { 'nx-linuxkit:build': {}, 'nx-linuxkit:stage': {} },
  };
  const node = `oci/init-${digest.slice('sha256:'.length).slice(0, 12)}-amd64`;
  const scripts = {
    odd: "nx build '!odd' --verbose",
    'odd-tar': 'nx run "!odd:tar"',
    one: 'nx build one',
    ...{ extract: `nx run ${node}:extract`, initramfs: 'nx run one/initramfs:initramfs' },
    hostile: `nx image "pkg/${HOSTILE}-amd64"`,
    ...{ image: 'nx image pkg/packages/banner-amd64', context: 'nx docker one', ship: 'nx ship one' },
  };
  const ship = { executor: 'nx:noop', dependsOn: ['docker'] };
  return {
    'nx.json': `${JSON.stringify(nxJson, null, 2)}\n`,
    'package.json': `${JSON.stringify({ name: 'old', private: true, scripts }, null, 2)}\n`,
    '.gitignore': 'node_modules\n.nx\n.linuxkit\ndist\n',
    ...layoutFiles(image),
    'apps/one/linuxkit.yml': `${init('oci:images/init')}files:\n  - {path: etc/motd, source: motd}\n`,
    'apps/one/linuxkit.lock.json': lock('oci:images/init'),
    'apps/one/motd': 'hello\n',
    'apps/one/project.json': `${JSON.stringify({ name: 'one', targets: { docker: { options: {} }, ship } }, null, 2)}\n`,
    'ci/build.sh': 'npx nx run one/initramfs:initramfs\n',
    'apps/!odd/linuxkit.yml': init('oci:images/init'),
    'apps/!odd/linuxkit.lock.json': lock('oci:images/init'),
    'apps/packaged/linuxkit.yml': init('@pkg:../../packages/banner'),
    ...packageFolder('packages/banner', 'banner 1'),
    'apps/hostile/linuxkit.yml': init(`@pkg:../../${HOSTILE}`),
    ...packageFolder(HOSTILE, 'hostile 1'),
    'apps/private/linuxkit.yml': init('10.1.2.3:5000/team/app:1'),
    'apps/private/linuxkit.lock.json': lock('10.1.2.3:5000/team/app:1', `sha256:${'1'.repeat(64)}`),
    'apps/unlocked/linuxkit.yml': init('printer.local/team/app:1'),
  };
}

/** The files of an OCI layout in `images/init`. */
function layoutFiles(image: Parameters<typeof layoutOf>[0]): Record<string, Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-layout-'));
  try {
    layoutOf(image, folder);
    const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    return Object.fromEntries(
      names.map(({ parentPath, name }) => {
        const path = join(parentPath, name);
        return [`images/init/${path.slice(folder.length + 1)}`, readFileSync(path)];
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
