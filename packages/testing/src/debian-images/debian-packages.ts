import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** The architecture of the test images, on every host. */
const ARCHITECTURE = 'amd64';

/** Fetches packages through apt, from the mirrors of this machine. Returns the path of the .deb for each name. */
export async function downloadPackages(
  names: readonly string[],
  folder: string,
): Promise<Map<string, string>> {
  await mkdir(folder, { recursive: true });
  const files = await listFiles(names);
  const absent = names.filter((name) => !existsSync(join(folder, files.get(name) as string)));
  if (absent.length > 0) await fetchInto(folder, absent);
  return new Map(names.map((name) => [name, join(folder, files.get(name) as string)]));
}

/** Downloads into a folder of its own first, so that every .deb under its final name is complete. */
async function fetchInto(folder: string, names: readonly string[]): Promise<void> {
  const partial = await mkdtemp(join(folder, 'partial-'));
  try {
    await run('apt-get', ['download', '-qq', ...names.map(qualified)], { cwd: partial });
    await run('sh', ['-c', 'mv -f -- *.deb ..'], { cwd: partial });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Returns apt's own file name for each package, which has its version: `libc6_2.36-9+deb12u14_amd64.deb`. */
async function listFiles(names: readonly string[]): Promise<Map<string, string>> {
  const parse = (text: string) =>
    new Map([...text.matchAll(/^'[^']*' (([^_\s]+)_\S+\.deb) /gm)].map(([, file, name]) => [name, file]));
  let files = parse(await printUris(names).catch(() => ''));
  if (names.some((name) => !files.has(name))) {
    await run('apt-get', ['update', '-qq']);
    files = parse(await printUris(names));
  }
  const unknown = names.filter((name) => !files.has(name));
  if (unknown.length > 0) throw new Error(`apt knows no package ${unknown.join(', ')}`);
  return files;
}

async function printUris(names: readonly string[]): Promise<string> {
  return (await run('apt-get', ['download', '--print-uris', '-qq', ...names.map(qualified)])).stdout;
}

const qualified = (name: string) => `${name}:${ARCHITECTURE}`;

/** Returns the package that the cloud kernel's metapackage depends on; it changes with each update. */
export async function cloudKernelPackage(): Promise<string> {
  const show = async () => (await run('apt-cache', ['depends', 'linux-image-cloud-amd64:amd64'])).stdout;
  const find = (text: string) => /Depends: (linux-image-\S+-cloud-amd64)/.exec(text)?.[1];
  let name = find(await show().catch(() => ''));
  if (name === undefined) {
    await run('apt-get', ['update', '-qq']);
    name = find(await show());
  }
  if (name === undefined) throw new Error('apt knows no package linux-image-cloud-amd64');
  return name;
}

/** Unpacks the files of a .deb on the host, for packages whose programs or files the set-up itself needs. */
export async function unpackPackage(deb: string, folder: string): Promise<void> {
  await run('dpkg-deb', ['-x', deb, folder]);
}

/** Renames a folder; if another process made the target meanwhile, the folder is removed instead. */
export async function moveInto(path: string, target: string): Promise<void> {
  await rename(path, target).catch(async (error: NodeJS.ErrnoException) => {
    if (!existsSync(target)) throw error;
    await rm(path, { recursive: true, force: true });
  });
}
