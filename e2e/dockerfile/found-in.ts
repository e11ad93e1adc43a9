import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildImage, listContext, parseDockerfile, planBuild } from '@nx-linuxkit/dockerfile';
import { applyLayers, type LayerIndex } from '@nx-linuxkit/tree';
import { readBuilt, type Built } from '../../packages/dockerfile/src/__tests__/build.js';

const MTIME = 1492533000;

/** Writes a context, and the archives `arc.tar`, `.tgz` and `.tar.xz`: text by path, `-> target` for a link. */
export function writeContext(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
  const archived = mkdtempSync(join(tmpdir(), 'e2e-archived-'));
  for (const [path, text] of Object.entries({ 'td/tf': 'tf', 'td/tl': '-> tf' }))
    write(join(archived, path), text);
  for (const [flags, name] of [
    ['-cf', 'arc.tar'],
    ['-czf', 'arc.tgz'],
    ['-cJf', 'arc.tar.xz'],
  ]) {
    // The sizes of the archives are a part of what is compared, so that their bytes may not depend on the time or the user.
    const fixed = ['--sort=name', `--mtime=@${MTIME}`, '--owner=3', '--group=4', '--numeric-owner'];
    execFileSync('tar', ['-C', archived, ...fixed, flags, join(folder, name), 'td']);
  }
  rmSync(archived, { recursive: true });
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (text.startsWith('-> ')) symlinkSync(text.slice(3), path);
  else writeFileSync(path, text);
  if (text.startsWith('#!')) chmodSync(path, 0o755);
}

/** Builds a Dockerfile that names no image. */
export async function builtByNode(text: string, context: string, archive: string): Promise<Built> {
  const plan = planBuild(parseDockerfile(text, 'Dockerfile'), { args: {}, platform: 'linux/amd64' });
  const image = () => Promise.reject(new Error('no image is below'));
  await buildImage({ plan, context: listContext({ folder: context }), image, mtime: MTIME }, archive);
  return readBuilt(archive);
}

/** Keys of Docker's config that the image specification lacks; `ArgsEscaped` is about Windows. */
const OF_DOCKER = ['ArgsEscaped', 'Image', 'Hostname', 'Domainname', 'OnBuild'];

/** What containers of an image find: their root without times, and the config without what the defaults say too. */
export async function foundIn({ base: image, config: { config } }: Built) {
  const { indexes, open } = await image.files();
  const { tree } = applyLayers(indexes as LayerIndex[], { open: (diffID) => open(diffID)! });
  const root = [...tree.entries()].map(({ path, inode: { type, mode, uid, gid, target, content } }) =>
    [path, type, (mode & 0o7777).toString(8), `${uid}:${gid}`, target ?? content?.size ?? 0].join(' '),
  );
  const isSaid = ([key, value]: [string, unknown]) =>
    ![null, '', false].includes(value as null) &&
    !(key === 'WorkingDir' && value === '/') &&
    !OF_DOCKER.includes(key) &&
    !(typeof value === 'object' && Object.keys(value as object).length === 0);
  return { root: root.sort(), config: Object.fromEntries(Object.entries(config).filter(isSaid)) };
}
