import type { Architecture } from '../architecture.js';
import { unxz } from '../deb/decompress.js';
import { DebianError } from '../errors.js';
import { fetchText, fetchWith, hasFile, NotFound } from '../mirror/http.js';
import type { Mirror } from '../mirror/mirrors.js';
import type { BlobStore } from '../store.js';
import { parsePackages } from './packages.js';
import type { PackageIndex } from './packages.js';
import { parseRelease } from './release.js';
import { ARCHIVE_KEYS, verifyClearsigned } from './signature.js';

export interface ArchiveOptions {
  readonly store: BlobStore;
  /** Tried in this order. */
  readonly mirrors: readonly Mirror[];
  /** Folder of `*.asc`; the keys of Debian's archive that lie in this package. */
  readonly keys?: string;
}

/** A file of the archive and what pins it. */
export interface ArchiveFile {
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
}

export interface Archive {
  /** The signed, verified index of a suite's `main`. */
  index(suite: string, architecture: Architecture): Promise<PackageIndex>;
  /** Brings a file into the store, verified. `undefined` if no mirror has it any more. */
  fetch(file: ArchiveFile): Promise<`sha256:${string}` | undefined>;
  /** Whether a mirror still has a file; nothing is downloaded. */
  has(file: ArchiveFile): Promise<boolean>;
}

/** InRelease of a stable suite is 150 kB. */
const RELEASE_LIMIT = 4 << 20;

/** Debian's archive as its mirrors serve it. Nothing is fetched until asked for. */
export function openArchive({ store, mirrors, keys = ARCHIVE_KEYS }: ArchiveOptions): Archive {
  const fetch = (file: ArchiveFile) => fetchInto(store, mirrors, file);
  /** Parsed once: several packages are mostly locked together. */
  const indexes = new Map<string, Promise<PackageIndex>>();
  const load = async (suite: string, architecture: Architecture): Promise<PackageIndex> => {
    const release = await firstMirror(mirrors, (mirror) =>
      fetchText(`${mirror.url}/dists/${suite}/InRelease`, RELEASE_LIMIT),
    );
    if (release === undefined) throw new DebianError('mirror-failed', `no mirror has the suite ${suite}`);
    const files = parseRelease(await verifyClearsigned(release, `InRelease of ${suite}`, keys), suite);
    const path = `main/binary-${architecture}/Packages.xz`;
    const file = files.get(path);
    if (!file) throw new DebianError('bad-format', `Release of ${suite} does not list ${path}`);
    const digest = await fetch({ ...file, path: `dists/${suite}/${path}` });
    if (!digest) throw new DebianError('mirror-failed', `the mirror lacks ${path} of ${suite}`);
    return parsePackages(unxz(store.read(digest)));
  };
  return {
    fetch,
    async has({ path }) {
      for (const mirror of mirrors) if (await hasFile(urlOf(mirror, path))) return true;
      return false;
    },
    index(suite, architecture) {
      const key = `${suite} ${architecture}`;
      const index = indexes.get(key) ?? load(suite, architecture);
      indexes.set(key, index);
      return index;
    },
  };
}

async function fetchInto(store: BlobStore, mirrors: readonly Mirror[], file: ArchiveFile) {
  const digest = `sha256:${file.sha256}` as const;
  if (await store.has(digest)) return digest;
  return firstMirror(mirrors, async (mirror) => {
    const url = urlOf(mirror, file.path);
    await fetchWith(url, (body) => store.write({ digest, size: file.size }, body));
    return digest;
  });
}

function urlOf(mirror: Mirror, path: string): string {
  if (/(^|\/)\.\.(\/|$)|^\/|[?#]/.test(path))
    throw new DebianError('bad-lock', `not a path in the archive: ${path}`);
  return `${mirror.url}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/** The first answer of a mirror that has the file. */
async function firstMirror<T>(
  mirrors: readonly Mirror[],
  ask: (mirror: Mirror) => Promise<T>,
): Promise<T | undefined> {
  let failure: unknown;
  for (const mirror of mirrors) {
    try {
      return await ask(mirror);
    } catch (error) {
      if (!(error instanceof NotFound)) failure = error;
    }
  }
  if (failure) throw failure;
  return undefined;
}
