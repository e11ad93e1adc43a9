import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { REPOSITORY } from '../workspace/packed.js';

const run = promisify(execFile);

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** Packs packages again under another version, which they also demand of each other. Gives the paths of the tarballs. */
export async function withVersion(
  tarballs: readonly string[],
  version: string,
  folder: string,
): Promise<string[]> {
  const unpacked: { folder: string; manifest: Manifest }[] = [];
  for (const [i, tarball] of tarballs.entries()) {
    const target = join(folder, String(i));
    mkdirSync(target, { recursive: true });
    await run('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
    const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8')) as Manifest;
    unpacked.push({ folder: target, manifest });
  }
  const names = new Set(unpacked.map(({ manifest }) => manifest.name));
  for (const { folder: target, manifest } of unpacked) {
    const dependencies = Object.entries(manifest.dependencies ?? {}).map(([name, range]) => [
      name,
      names.has(name) ? version : range,
    ]);
    const changed = { ...manifest, version, dependencies: Object.fromEntries(dependencies) };
    writeFileSync(join(target, 'package.json'), JSON.stringify(changed, null, 2));
  }
  return pack(
    folder,
    unpacked.map((item) => item.folder),
  );
}

/**
 * Packs what a commit of this repository publishes, built as the commit builds it. Gives the paths of the tarballs. Throws
 * an error that says what to do if this clone has no such commit.
 */
export async function packCommit(commit: string, folder: string): Promise<string[]> {
  await run('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: REPOSITORY }).catch(() => {
    throw new Error(
      `this clone has no commit ${commit}: run \`git fetch --unshallow\`, or name another commit`,
    );
  });
  const source = join(folder, 'source');
  mkdirSync(source, { recursive: true });
  const archive = join(folder, 'source.tar');
  await run('git', ['archive', '--format=tar', `--output=${archive}`, commit], { cwd: REPOSITORY });
  await run('tar', ['-xf', archive, '-C', source]);
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', '--ignore-scripts'];
  // A lock that was written on another system may lack packages of this one, which `npm ci` refuses.
  await run('npm', ['install', ...quiet], { cwd: source });
  await run(process.execPath, ['tools/build.mjs'], { cwd: source });
  const folders = [...readdirSync(join(source, 'packages')).map((name) => `packages/${name}`), 'images']
    .map((name) => join(source, name))
    .filter((name) => !JSON.parse(readFileSync(join(name, 'package.json'), 'utf8')).private);
  return pack(folder, folders);
}

async function pack(target: string, folders: readonly string[]): Promise<string[]> {
  const packed = join(target, 'packed');
  mkdirSync(packed);
  for (const folder of folders)
    await run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', packed], { cwd: folder });
  return readdirSync(packed).map((name) => join(packed, name));
}
