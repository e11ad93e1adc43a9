import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const REPOSITORY = join(__dirname, '..', '..');

/** Keeps installed packages between runs, beside what other tests keep. */
export const CACHE = join(
  process.env.NX_LINUXKIT_TEST_CACHE ?? join(homedir(), '.cache', 'nx-linuxkit-test'),
  'workspaces',
);

/** A package as it is published. */
export interface Packed {
  readonly name: string;
  readonly folder: string;
  readonly manifest: string;
}

export interface PackedSet {
  /** Changes with every byte of every tarball. */
  readonly key: string;
  readonly packages: readonly (Packed & { readonly tarball: string })[];
}

/** Packs everything that is published, unless the tarballs of the same files are there. */
export async function packedPackages(): Promise<PackedSet> {
  const packages = publishedPackages();
  const key = hashOf(packages.flatMap(({ folder }) => publishedFiles(folder)));
  const folder = join(CACHE, `tarballs-${key}`);
  const tarballs = (): string[] => readdirSync(folder).sort();
  try {
    tarballs();
  } catch {
    await pack(packages, folder);
  }
  return {
    key,
    packages: packages.map((item) => ({ ...item, tarball: join(folder, tarballOf(item, tarballs())) })),
  };
}

export function publishedPackages(): Packed[] {
  const folders = readdirSync(join(REPOSITORY, 'packages')).map((name) => join(REPOSITORY, 'packages', name));
  return [...folders, join(REPOSITORY, 'images')]
    .map((folder) => ({ folder, manifest: readFileSync(join(folder, 'package.json'), 'utf8') }))
    .filter(({ manifest }) => !JSON.parse(manifest).private)
    .map((item) => ({ ...item, name: JSON.parse(item.manifest).name as string }));
}

async function pack(packages: readonly Packed[], target: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const temporary = mkdtempSync(join(CACHE, 'partial-'));
  const names = packages.flatMap(({ name }) => ['-w', name]);
  await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', temporary, ...names], {
    cwd: REPOSITORY,
  });
  putInPlace(temporary, target);
}

/**
 * Runs an action while no other process runs one in the same folder. The kernel lets the lock go when the process ends,
 * however it ends.
 */
export async function oneAtATime<T>(folder: string, action: () => Promise<T>): Promise<T> {
  mkdirSync(folder, { recursive: true });
  const lock = spawn('flock', [join(folder, 'lock'), 'cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  lock.stdin.write('locked');
  await once(lock.stdout, 'data');
  try {
    return await action();
  } finally {
    lock.stdin.end();
  }
}

/** Renames a folder. If another process has made the same folder meanwhile, that one stays. */
export function putInPlace(temporary: string, target: string): void {
  try {
    renameSync(temporary, target);
  } catch (error) {
    if (!existsSync(target)) throw error;
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** `@scope/name` becomes `scope-name-1.0.0.tgz`. */
function tarballOf({ manifest }: Packed, tarballs: readonly string[]): string {
  const { name, version } = JSON.parse(manifest);
  const wanted = `${name.replace('@', '').replace('/', '-')}-${version}.tgz`;
  if (!tarballs.includes(wanted)) throw new Error(`npm pack made no ${wanted}: ${tarballs.join(', ')}`);
  return wanted;
}

/** Lists files with size and time instead of their bytes, because reading all of them takes longer than packing. */
function publishedFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/(^|\/)(node_modules|__tests__|__fixtures__)(\/|$)|\.spec\.ts$/.test(path))
    .map((path) => join(folder, path))
    .filter((path) => statSync(path).isFile())
    .sort()
    .map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`);
}

export function hashOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
}
