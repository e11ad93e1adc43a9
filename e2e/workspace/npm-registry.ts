import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@nx-linuxkit/testing';
import { installedTool } from './installed-tool.js';
import { CACHE, oneAtATime, packedPackages } from './packed.js';

const run = promisify(execFile);

/** The last version that runs on Node 20. It asks for a dependency by a tag, which registries may lack. */
const VERDACCIO = { name: 'verdaccio', version: '6.5.0', overrides: { 'node-fetch': '2.6.7' } };
/** Seconds until Verdaccio answers. It takes two on an idle machine. */
const START_LIMIT = 60;

export interface NpmRegistry {
  readonly url: string;
  /** Publishes the packages of these tarballs. */
  publish(tarballs: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Starts Verdaccio on loopback, with our packages as they would be published and all others from the machine's registry. */
export async function startNpmRegistry(): Promise<NpmRegistry> {
  const registry = await startEmptyNpmRegistry();
  try {
    await registry.publish(await currentTarballs());
    return registry;
  } catch (error) {
    await registry.stop();
    throw error;
  }
}

/** The packages of this working tree, as they would be published. */
export async function currentTarballs(): Promise<string[]> {
  const { packages } = await oneAtATime(CACHE, packedPackages);
  return packages.map(({ tarball }) => tarball);
}

/** Starts Verdaccio on loopback without a package of ours, and with all others from the machine's registry. */
export async function startEmptyNpmRegistry(): Promise<NpmRegistry> {
  const program = join(await installedTool(VERDACCIO), 'bin/verdaccio');
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-npm-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  writeFileSync(join(folder, 'config.yaml'), await configuration(folder));
  const child = spawn(
    process.execPath,
    [program, '--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`],
    { stdio: 'ignore', cwd: folder },
  );
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill()) await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilItAnswers(`${url}-/ping`, () => child.exitCode);
    // npm wants a token, even for a registry that asks for none.
    writeFileSync(join(folder, '.npmrc'), `registry=${url}\n//${new URL(url).host}/:_authToken=unused\n`);
    return { url, publish: (tarballs) => publishAll(folder, tarballs), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function configuration(folder: string): Promise<string> {
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: folder });
  return [
    `storage: ${JSON.stringify(join(folder, 'storage'))}`,
    'uplinks: { upstream: { url: ' + JSON.stringify(stdout.trim()) + ', timeout: 60s, max_fails: 100 } }',
    'packages:',
    "  'nx-linuxkit': { access: $all, publish: $all }",
    "  '@nx-linuxkit/*': { access: $all, publish: $all }",
    "  '**': { access: $all, proxy: upstream }",
    'max_body_size: 100mb',
    'log: { type: stdout, level: fatal }',
    '',
  ].join('\n');
}

async function publishAll(folder: string, tarballs: readonly string[]): Promise<void> {
  const publish = (tarball: string) => run('npm', ['publish', tarball, '--ignore-scripts'], { cwd: folder });
  await Promise.all(tarballs.map(publish));
}

async function untilItAnswers(url: string, ended: () => number | null): Promise<void> {
  for (let tries = 0; tries < START_LIMIT * 4; tries += 1) {
    if (ended() !== null) throw new Error(`verdaccio ended with ${ended()}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`verdaccio did not answer at ${url} in ${START_LIMIT} s`);
}
