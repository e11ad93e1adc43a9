import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { removeStale } from './temporary.js';

/** What to remove from a store. With both limits a file goes that breaks either. */
export interface PruneOptions {
  /** Files that were last used before this time are removed. */
  readonly before?: Date;
  /** Bytes that may stay: those used longest ago go first. Files that a build may be using stay. */
  readonly atMost?: number;
  /** Removes blobs too, which can be fetched again; default: derived files alone. */
  readonly blobs?: boolean;
  /** Digests of blobs that stay, as nothing can fetch them again. */
  readonly keep?: ReadonlySet<string>;
  /** Derived files stay too whose names have one of these digests. Default: no derived file is kept for its name. */
  readonly keepDerived?: ReadonlySet<string>;
}

/** What was removed from a store, and what is left, without the seals. */
export interface PruneResult {
  readonly files: number;
  readonly bytes: number;
  /** Bytes that stayed of what may go at all. */
  readonly left: number;
}

/** A file that may go. */
interface Candidate {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly lastUse: number;
}

/** Milliseconds since the last use. A build marks every file that it finds as used, and takes less time than this. */
export const IN_USE = 3600_000;

/** Removes files of the store in `dir` that were not used lately, and what killed processes left in `tmp`. */
export async function prune(dir: string, options: PruneOptions): Promise<PruneResult> {
  const candidates = await candidatesIn(dir, options);
  const gone = [...new Set([...unused(candidates, options), ...excess(candidates, options)])];
  for (const { path } of gone) {
    // Its seal goes first, so that a file without one is never taken for complete.
    await rm(`${path}.seal`, { force: true });
    await rm(path, { force: true });
  }
  await removeStale(join(dir, 'tmp'));
  const bytes = total(gone);
  return { files: gone.length, bytes, left: total(candidates) - bytes };
}

async function candidatesIn(
  dir: string,
  { blobs = false, keep, keepDerived }: PruneOptions,
): Promise<Candidate[]> {
  const derived = await filesBelow(join(dir, 'derived'));
  const fetched = blobs ? await filesBelow(join(dir, 'blobs')) : [];
  const paths = [
    ...derived.filter((path) => !path.endsWith('.seal') && !isNamed(basename(path), keepDerived)),
    ...fetched.filter((path) => !keep?.has(`sha256:${basename(path)}`)),
  ];
  const found = await Promise.all(paths.map(candidateAt));
  return found.filter((candidate): candidate is Candidate => candidate !== undefined);
}

/** Whether the name of a derived file has one of these digests: it begins with that of its layer. */
function isNamed(name: string, digests: ReadonlySet<string> | undefined): boolean {
  if (digests === undefined) return false;
  return [...name.matchAll(/[0-9a-f]{64}/g)].some(([hex]) => digests.has(`sha256:${hex}`));
}

function unused(candidates: readonly Candidate[], { before }: PruneOptions): Candidate[] {
  return candidates.filter(({ lastUse }) => before !== undefined && lastUse < before.getTime());
}

/** Lists what must go for the rest to fit, the files used longest ago first. */
function excess(candidates: readonly Candidate[], { atMost = Infinity }: PruneOptions): Candidate[] {
  let left = total(candidates);
  const gone: Candidate[] = [];
  for (const candidate of [...candidates].sort((a, b) => a.lastUse - b.lastUse)) {
    if (left <= atMost || candidate.lastUse > Date.now() - IN_USE) break;
    gone.push(candidate);
    left -= candidate.bytes;
  }
  return gone;
}

/** The store keeps the time of last use as the time of a derived file's seal, and as that of a blob; see `markUsed`. */
async function candidateAt(path: string): Promise<Candidate | undefined> {
  const [file, seal] = await Promise.all(
    [path, `${path}.seal`].map((name) => stat(name).catch(() => undefined)),
  );
  return file && { path, bytes: file.size, lastUse: (seal ?? file).mtimeMs };
}

function total(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

async function filesBelow(dir: string): Promise<string[]> {
  const found = await readdir(dir, { withFileTypes: true, recursive: true }).catch(() => []);
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
