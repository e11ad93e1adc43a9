import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Root alone can give files away and make device nodes. */
export const AS_ROOT = process.getuid?.() === 0;

const LIMIT = { maxBuffer: 1 << 29, timeout: 60_000 };

/** Commands that unpack standard input, by their name. */
export const DECOMPRESSORS: Readonly<Record<'gzip' | 'zstd', readonly string[]>> = {
  gzip: [
    'gzip -dc',
    'pigz -dc',
    'igzip -dc',
    'busybox gunzip -c',
    '7zz x -tgzip -si -so',
    `python3 -c "import gzip,sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))"`,
  ],
  zstd: ['zstd -dc'],
};

/** Commands that unpack an uncompressed archive on standard input into the current folder. */
export const EXTRACTORS: readonly string[] = [
  'cpio -idm --quiet',
  'cpio -idmu --quiet',
  'busybox cpio -idm',
  'bsdtar -xpf -',
  'bsdcpio -idm --quiet',
];

/** Runs a command of a shell, and gives its output; throws for any exit code but 0, and for anything on standard error. */
export function shell(command: string, { input, cwd }: { input?: Buffer; cwd?: string } = {}): Buffer {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', `set -e; ${command}`], { ...LIMIT, input, cwd });
  if (status !== 0 || stderr.length > 0)
    throw new Error(`${command} exits with ${status}: ${stderr.toString()}`);
  return stdout;
}

/** Unpacks by a command into a new folder, and gives the folder. */
export function extracted(folder: string, command: string, input?: Buffer): string {
  mkdirSync(folder, { recursive: true });
  execFileSync('sh', ['-c', command], { ...LIMIT, input, cwd: folder, stdio: ['pipe', 'ignore', 'ignore'] });
  return folder;
}

/**
 * Lines as `linesOf` has them, of a folder of this machine. Times of symlinks are left out, because GNU cpio does not
 * set them.
 */
export function linesOfFolder(root: string): string[] {
  const lines: string[] = [];
  for (const name of namesBelow(root)) {
    if (/^(proc|dev|root|kernel)(\/|$)/.test(name)) continue;
    const stat = lstatSync(join(root, name));
    const isDirectory = stat.isDirectory();
    const isFile = stat.isFile();
    const target = stat.isSymbolicLink() ? readlinkSync(join(root, name)) : '-';
    const sum = isFile
      ? createHash('md5')
          .update(readFileSync(join(root, name)))
          .digest('hex')
      : '-';
    const size = isDirectory ? '' : isFile || target !== '-' ? stat.size : 0;
    const time = isDirectory ? '' : Math.floor(stat.mtimeMs / 1000);
    lines.push([`./${name}`, stat.mode.toString(16), stat.uid, stat.gid, size, time, target, sum].join('|'));
  }
  return lines.sort();
}

/** Paths of everything in a folder; Node's own recursion follows symlinks. */
function namesBelow(root: string, folder = ''): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = join(folder, entry.name);
    return entry.isDirectory() ? [name, ...namesBelow(root, name)] : [name];
  });
}

/** The lines without what a reader on this machine cannot set. */
export function comparable(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const fields = line.split('|');
    const isLink = fields[1].startsWith('a');
    if (isLink) fields[5] = '';
    if (AS_ROOT) return [fields.join('|')];
    const isDevice = /^[26]/.test(fields[1]) && fields[1].length === 4;
    return isDevice ? [] : [fields.toSpliced(2, 2).join('|')];
  });
}

/** Names that are one file, as sorted groups of paths. */
export function linkedNames(root: string): string[] {
  const groups = new Map<number, string[]>();
  for (const name of namesBelow(root).sort()) {
    const { ino, nlink, ...stat }: Stats = lstatSync(join(root, name));
    if (nlink > 1 && (stat.mode & 0o170000) !== 0o040000) groups.set(ino, [...(groups.get(ino) ?? []), name]);
  }
  return [...groups.values()].map((names) => names.join(' = ')).sort();
}
