import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
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

/** Beside what the other tests keep between runs. */
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
  /** Stands for every byte of every tarball. */
  readonly key: string;
  readonly packages: readonly (Packed & { readonly tarball: string })[];
}

/** Tarballs of everything that is published, made anew when a file of one of them is another. */
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

/** Another run that made the same at the same time may have been first: then its folder stands. */
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

/** Names with what changes when a file is written; reading all of them would take longer than packing. */
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
