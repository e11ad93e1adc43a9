import type { Archive } from '../archive/archive.js';
import { DebianError } from '../errors.js';
import { LOCK_AGAIN } from '../lock/lock.js';
import type { LockedPackage } from '../lock/lock.js';
import { SOCKETS } from '../mirror/http.js';
import type { BlobStore } from '../store.js';
import { openDeb } from './deb.js';
import type { Deb } from './deb.js';

/** A pinned package with its name. */
export interface NamedPackage extends LockedPackage {
  readonly name: string;
}

/** Fetches the .debs that the store lacks and opens all of them, by name. `relock` is the hint for one that is gone. */
export async function fetchDebs(
  store: BlobStore,
  archive: Archive,
  packages: readonly NamedPackage[],
  relock = LOCK_AGAIN,
): Promise<Map<string, Deb>> {
  const queue = [...packages];
  const debs = new Map<string, Deb>();
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const digest = await archive.fetch(next);
      if (!digest) throw gone(next, relock);
      debs.set(next.name, await openDeb(store, digest));
    }
  };
  const results = await Promise.allSettled(Array.from({ length: SOCKETS }, worker));
  const failure = results.find((result) => result.status === 'rejected');
  if (!failure) return debs;
  await closeDebs(debs);
  throw failure.reason;
}

/** Closes all .debs. */
export async function closeDebs(debs: ReadonlyMap<string, Deb>): Promise<void> {
  await Promise.all([...debs.values()].map((deb) => deb.close()));
}

function gone({ name, version }: NamedPackage, relock: string): DebianError {
  return new DebianError('version-gone', `no mirror has ${name} ${version} any more`, {
    hint: `${relock} That pins all packages of this lock anew: Debian replaced it with another version.`,
  });
}
