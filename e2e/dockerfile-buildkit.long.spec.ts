import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBuilt, type Built } from '../packages/dockerfile/src/__tests__/build.js';
import { startDockerd, type Dockerd } from './docker/dockerd.js';
import { builtByNode, foundIn, writeContext } from './dockerfile/found-in.js';
import { CONTEXT, FORMS } from './dockerfile/forms.js';

let base: string;
let context: string;
let dockerd: Dockerd;
let client: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'e2e-buildkit-'));
  context = join(base, 'context');
  writeContext(context, CONTEXT);
  client = clientWithBuildKit();
  dockerd = await startDockerd();
}, 120_000);
afterAll(async () => {
  await dockerd?.stop();
  rmSync(base, { recursive: true, force: true });
});

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

test.each(Object.entries(FORMS))('what Node builds is what BuildKit builds: %s', async (_, text) => {
  expect(await foundIn(await builtByNode(text, context, join(base, 'ours.tar')))).toEqual(
    await foundIn(await ofBuildKit(text)),
  );
});
