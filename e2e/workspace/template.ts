import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE, hashOf, oneAtATime, packedPackages, putInPlace, type PackedSet } from './packed.js';

const run = promisify(execFile);

/** The newest Nx, and the oldest of the range that the plugin's manifest names. */
export const NX_VERSIONS = { current: '24.0.6', oldest: '23.3.1' } as const;
/** The devkit is not published for every version of Nx. */
export const DEVKIT_VERSIONS = { current: '24.0.0', oldest: '23.3.1' } as const;
export type NxVersion = keyof typeof NX_VERSIONS;

const made = new Map<NxVersion, Promise<string>>();

/** Returns a `node_modules` with Nx and the packed packages, as npm installs them. */
export function installedModules(nx: NxVersion): Promise<string> {
  const known = made.get(nx) ?? oneAtATime(CACHE, () => install(nx));
  made.set(nx, known);
  return known;
}

/**
 * Installs once for a set of dependencies, because npm takes half a minute, nearly all of it for Nx. When only our own
 * bytes change, it unpacks their tarballs over a hard-linked copy, as npm would.
 */
async function install(nx: NxVersion): Promise<string> {
  const packed = await packedPackages();
  const version = NX_VERSIONS[nx];
  const dependencies = hashOf([version, process.version, ...packed.packages.map(({ manifest }) => manifest)]);
  const target = join(CACHE, `nx-${version}-${dependencies}-${packed.key}`);
  if (!existsSync(target)) {
    mkdirSync(CACHE, { recursive: true });
    const temporary = mkdtempSync(join(CACHE, 'partial-'));
    const similar = readdirSync(CACHE).find((name) => name.startsWith(`nx-${version}-${dependencies}-`));
    if (similar) await replaceOwn(join(CACHE, similar), temporary, packed);
    else await npmInstall(temporary, nx, packed);
    putInPlace(temporary, target);
    removeOld(version);
  }
  return join(target, 'node_modules');
}

async function npmInstall(folder: string, nx: NxVersion, { packages }: PackedSet): Promise<void> {
  const own = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`]));
  const versions = { nx: NX_VERSIONS[nx], '@nx/devkit': DEVKIT_VERSIONS[nx] };
  const manifest = { private: true, dependencies: { ...peers(packages), ...versions, ...own } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', '--ignore-scripts'];
  await run('npm', ['install', ...quiet], { cwd: folder });
}

/** All peers, the optional ones too: tests lock Debian packages and read Docker daemons. */
function peers(packages: PackedSet['packages']): Record<string, string> {
  return Object.assign({}, ...packages.map(({ manifest }) => JSON.parse(manifest).peerDependencies));
}

async function replaceOwn(similar: string, folder: string, { packages }: PackedSet): Promise<void> {
  await run('cp', ['-al', join(similar, 'node_modules'), folder]);
  for (const { name, tarball } of packages) {
    const target = join(folder, 'node_modules', name);
    // npm nests dependencies of other versions here, and they stay.
    for (const entry of readdirSync(target)) {
      if (entry !== 'node_modules') rmSync(join(target, entry), { recursive: true });
    }
    await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
  }
}

/** A run that began earlier may still copy from an old folder. */
const HOUR = 60 * 60 * 1000;

function removeOld(version: string): void {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    const ours = name.startsWith(`nx-${version}-`) || /^(tarballs|partial|managers)-/.test(name);
    if (ours && Date.now() - statSync(path).mtimeMs > HOUR) rmSync(path, { recursive: true, force: true });
  }
}
