import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildImage, listContext, parseDockerfile, planBuild } from '@nx-linuxkit/dockerfile';
import { applyLayers, type LayerIndex } from '@nx-linuxkit/tree';
import { readBuilt, type Built } from '../packages/dockerfile/src/__tests__/build.js';
import { startDockerd, type Dockerd } from './docker/dockerd.js';
import { CONTEXT, FORMS } from './dockerfile/forms.js';

const MTIME = 1492533000;

let base: string;
let context: string;
let dockerd: Dockerd;
let client: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'e2e-buildkit-'));
  context = join(base, 'context');
  for (const [path, text] of Object.entries(CONTEXT)) write(join(context, path), text);
  for (const [path, text] of Object.entries({ 'td/tf': 'tf', 'td/tl': '-> tf' }))
    write(join(base, path), text);
  for (const [flags, name] of [
    ['-cf', 'arc.tar'],
    ['-czf', 'arc.tgz'],
    ['-cJf', 'arc.tar.xz'],
  ]) {
    execFileSync('tar', ['-C', base, '--owner=3', '--group=4', flags, join(context, name), 'td']);
  }
  client = clientWithBuildKit();
  dockerd = await startDockerd();
}, 120_000);
afterAll(async () => {
  await dockerd?.stop();
  rmSync(base, { recursive: true, force: true });
});

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (text.startsWith('-> ')) symlinkSync(text.slice(3), path);
  else writeFileSync(path, text);
  if (text.startsWith('#!')) chmodSync(path, 0o755);
}

/** Docker's client has BuildKit built in before version 23, and by the plugin buildx from then on. */
function clientWithBuildKit(): string {
  const all = execFileSync('which', ['-a', 'docker'], { encoding: 'utf8' }).trim().split('\n');
  const found = all.find((path) => {
    const [, major] = /version (\d+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' })) ?? [];
    return Number(major) < 23 || succeeds(path, ['buildx', 'version']);
  });
  if (found === undefined) throw new Error(`no client of ${all.join(', ')} has BuildKit`);
  return found;
}

function succeeds(program: string, args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

let number = 0;

async function ofNode(text: string): Promise<Built> {
  const archive = join(base, `${(number += 1)}.tar`);
  const plan = planBuild(parseDockerfile(text, 'Dockerfile'), { args: {}, platform: 'linux/amd64' });
  const image = () => Promise.reject(new Error('no image is below'));
  await buildImage({ plan, context: listContext({ folder: context }), image, mtime: MTIME }, archive);
  return readBuilt(archive);
}

async function ofBuildKit(text: string): Promise<Built> {
  const name = `form:${(number += 1)}`;
  const [file, archive] = [join(base, `${number}.Dockerfile`), join(base, `${number}.tar`)];
  writeFileSync(file, text);
  const env = { ...process.env, DOCKER_BUILDKIT: '1', DOCKER_HOST: `unix://${dockerd.socketPath}` };
  const run = (...args: string[]) => execFileSync(client, args, { env, stdio: 'pipe' });
  run('build', '-q', '--network', 'none', '-f', file, '-t', name, context);
  run('save', '-o', archive, name);
  return readBuilt(archive, 'linux/amd64', 'docker-archive');
}

/** Keys of Docker's config that the image specification lacks; `ArgsEscaped` is about Windows. */
const OF_DOCKER = ['ArgsEscaped', 'Image', 'Hostname', 'Domainname', 'OnBuild'];

/** What containers of an image find: their root without times, and the config without what the defaults say too. */
async function foundIn({ base: image, config: { config } }: Built) {
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

test.each(Object.entries(FORMS))('what Node builds is what BuildKit builds: %s', async (_, text) => {
  expect(await foundIn(await ofNode(text))).toEqual(await foundIn(await ofBuildKit(text)));
});
