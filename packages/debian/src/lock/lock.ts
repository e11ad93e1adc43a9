import type { Architecture } from '../architecture.js';
import { ARCHITECTURES } from '../architecture.js';
import { DebianError } from '../errors.js';

/** A pinned .deb. */
export interface LockedPackage {
  readonly version: string;
  /** Path below the mirror's URL: `pool/main/…`. */
  readonly path: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** bytes */
  readonly size: number;
  /** True if the image has all its files, because of `packages`; else it has those that `binaries` and `files` select. */
  readonly whole?: boolean;
  /** Why the package is there: `needed by nginx: libc6 (>= 2.34)`. */
  readonly why: string;
}

/** The content of build.lock.json. */
export interface PackageLock {
  readonly lockfileVersion: 1;
  readonly suite: string;
  readonly architectures: Partial<Record<Architecture, LockedArchitecture>>;
}

/** The pinned packages for one architecture. */
export interface LockedArchitecture {
  /** A digest of what build.yml selected when this was locked. The lock is stale when build.yml selects otherwise. */
  readonly selection: string;
  /** Pinned packages by name. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** The name of the lock, in a package folder. */
export const LOCK_FILE = 'build.lock.json';

/** The hint of errors that a new lock mends, where the caller has no command for it. */
export const LOCK_AGAIN = 'Lock the package again.';

/** Parses and checks a lock; `file` is its path, for messages. Throws `bad-lock`. */
export function readLock(text: string, file: string): PackageLock {
  const bad = (what: string): DebianError =>
    new DebianError('bad-lock', what, {
      where: { file },
      hint: 'Delete the file and lock the package again.',
    });
  let lock: PackageLock;
  try {
    lock = JSON.parse(text) as PackageLock;
  } catch (error) {
    throw bad(`not JSON: ${(error as Error).message}`);
  }
  if (lock?.lockfileVersion !== 1)
    throw bad(`lockfileVersion: expected 1, got ${JSON.stringify(lock?.lockfileVersion)}`);
  if (typeof lock.suite !== 'string' || !isObject(lock.architectures))
    throw bad('expected suite and architectures');
  for (const [architecture, locked] of Object.entries(lock.architectures)) {
    if (!ARCHITECTURES.includes(architecture as Architecture))
      throw bad(`unknown architecture ${architecture}`);
    if (!isObject(locked) || typeof locked.selection !== 'string' || !isObject(locked.packages))
      throw bad(`architectures.${architecture}: expected selection and packages`);
    for (const [name, entry] of Object.entries(locked.packages)) {
      const problem = isObject(entry) ? problemOf(entry) : `expected an object, got ${JSON.stringify(entry)}`;
      if (problem) throw bad(`architectures.${architecture}.packages.${name}: ${problem}`);
    }
  }
  return lock;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks the values of a lock that become a part of a URL or path. */
function problemOf(entry: LockedPackage): string | undefined {
  if (
    typeof entry.path !== 'string' ||
    !/^pool\/[A-Za-z0-9][A-Za-z0-9+.~_%/-]*\.deb$/.test(entry.path) ||
    entry.path.includes('..')
  )
    return `path: expected pool/….deb, got ${JSON.stringify(entry.path)}`;
  if (typeof entry.sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(entry.sha256))
    return `sha256: expected 64 hex digits, got ${JSON.stringify(entry.sha256)}`;
  if (!Number.isSafeInteger(entry.size) || entry.size < 0)
    return `size: expected a number of bytes, got ${JSON.stringify(entry.size)}`;
  return typeof entry.version === 'string' ? undefined : 'version: expected a string';
}

/** Writes a lock as JSON with sorted packages, so that the same lock always has the same bytes. */
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
