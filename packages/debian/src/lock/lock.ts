import type { Architecture } from '../architecture.js';
import { ARCHITECTURES } from '../architecture.js';
import { DebianError } from '../errors.js';

/** One .deb, pinned. */
export interface LockedPackage {
  readonly version: string;
  /** `pool/main/…`, relative to the mirror. */
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** bytes */
  readonly size: number;
  /** All of its files, because `packages` brought it in; else only those that `binaries` and `files` name. */
  readonly whole?: boolean;
  readonly why: string;
}

/** build.lock.json */
export interface PackageLock {
  readonly lockfileVersion: 1;
  readonly suite: string;
  readonly architectures: Partial<Record<Architecture, LockedArchitecture>>;
}

export interface LockedArchitecture {
  /** Of what build.yml selected when this was locked; another one means that the lock is stale. */
  readonly selection: string;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export const LOCK_FILE = 'build.lock.json';

/** Parses and checks a lock; `file` is for messages. */
export function readLock(text: string, file: string): PackageLock {
  const bad = (what: string): DebianError =>
    new DebianError('bad-lock', `${what}`, {
      where: { file },
      hint: 'delete the file and lock the package again',
    });
  let lock: PackageLock;
  try {
    lock = JSON.parse(text) as PackageLock;
  } catch (error) {
    throw bad(`not JSON: ${(error as Error).message}`);
  }
  if (lock?.lockfileVersion !== 1)
    throw bad(`lockfileVersion: expected 1, got ${JSON.stringify(lock?.lockfileVersion)}`);
  if (typeof lock.suite !== 'string' || typeof lock.architectures !== 'object')
    throw bad('expected suite and architectures');
  for (const [architecture, locked] of Object.entries(lock.architectures)) {
    if (!ARCHITECTURES.includes(architecture as Architecture))
      throw bad(`unknown architecture ${architecture}`);
    for (const [name, entry] of Object.entries(locked.packages ?? {})) {
      const problem = problemOf(entry);
      if (problem) throw bad(`architectures.${architecture}.packages.${name}: ${problem}`);
    }
  }
  return lock;
}

/** What of a lock ends in a URL or a path is checked here, once. */
function problemOf(entry: LockedPackage): string | undefined {
  if (!/^pool\/[A-Za-z0-9][A-Za-z0-9+.~_%/-]*\.deb$/.test(entry.path) || entry.path.includes('..'))
    return `path: expected pool/….deb, got ${entry.path}`;
  if (!/^[0-9a-f]{64}$/.test(entry.sha256)) return `sha256: expected 64 hex digits, got ${entry.sha256}`;
  if (!Number.isSafeInteger(entry.size) || entry.size < 0)
    return `size: expected a number of bytes, got ${entry.size}`;
  return typeof entry.version === 'string' ? undefined : 'version: expected a string';
}

/** The same lock always has the same bytes. */
export function formatLock(lock: PackageLock): string {
  const architectures = ARCHITECTURES.flatMap((architecture) => {
    const locked = lock.architectures[architecture];
    if (!locked) return [];
    const packages = Object.entries(locked.packages).sort(([a], [b]) => (a < b ? -1 : 1));
    return [
      [
        architecture,
        {
          selection: locked.selection,
          packages: Object.fromEntries(packages.map(([name, p]) => [name, ordered(p)])),
        },
      ],
    ];
  });
  return `${JSON.stringify({ lockfileVersion: 1, suite: lock.suite, architectures: Object.fromEntries(architectures) }, null, 2)}\n`;
}

function ordered({ version, path, sha256, size, whole, why }: LockedPackage): LockedPackage {
  return { version, path, sha256, size, ...(whole ? { whole } : {}), why };
}
