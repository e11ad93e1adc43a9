import type { Architecture } from '../architecture.js';
import { DebianError } from '../errors.js';
import type { HttpOptions } from '@nx-linuxkit/oci/http';
import { MirrorClient, NotFound } from '../mirror/http.js';
import type { Mirror } from '../mirror/mirrors.js';
import type { BlobStore, FetchProgress } from '../store.js';
import { DEFAULT_COMPONENTS } from './components.js';
import { tableOf, verifiedRelease } from './kept-index.js';
import { openTable } from './packages.js';
import type { PackageIndex } from './packages.js';
import { parseRelease } from './release.js';
import { ARCHIVE_KEYS } from './signature.js';

/** What an archive is read with. */
export interface ArchiveOptions {
  readonly store: BlobStore;
  /** Mirrors in the order in which they are tried. */
  readonly mirrors: readonly Mirror[];
  /** Folder of the accepted keys, as `*.asc`; default: the keys of Debian's archive, which this package has. */
  readonly keys?: string;
  /** How connections are made: authorities, pace, proxies. */
  readonly http?: HttpOptions;
  /** Hears how many bytes have come. */
  readonly progress?: FetchProgress;
}

/** A file of the archive, pinned by digest and size. */
export interface ArchiveFile {
  /** Path below the mirror's URL: `pool/main/…`. */
  readonly path: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  /** bytes */
  readonly size: number;
}

/** Debian's archive: https://wiki.debian.org/DebianRepository/Format */
export interface Archive {
  /** Fetches the index of a suite's components, by default of `main`, verified by the signature of InRelease. */
  index(suite: string, architecture: Architecture, components?: readonly string[]): Promise<PackageIndex>;
  /** Fetches a file into the store, verified. Returns undefined if no mirror has it any more. */
  fetch(file: ArchiveFile): Promise<`sha256:${string}` | undefined>;
  /** Tells whether a mirror still has a file, without downloading it. `delays` are those of `MirrorClient.hasFile`. */
  has(file: ArchiveFile, delays?: readonly number[]): Promise<boolean>;
}

/** Bytes. InRelease of a stable suite has 150 kB. */
const RELEASE_LIMIT = 4 << 20;

/**
 * Opens Debian's archive as its mirrors serve it. Nothing is fetched before the first call. Calls throw
 * `mirror-failed`, `bad-signature` or `bad-format`.
 */
export function openArchive(options: ArchiveOptions): Archive {
  const { store, mirrors, keys = ARCHIVE_KEYS, http, progress } = options;
  const client = new MirrorClient(http);
  const fetch = (file: ArchiveFile) => fetchInto(store, client, mirrors, file, progress);
  // An index is kept, because several packages are usually locked together; a failure is not.
  const indexes = new Map<string, Promise<PackageIndex>>();
  const load = async (
    suite: string,
    architecture: Architecture,
    components: readonly string[],
  ): Promise<PackageIndex> => {
    const release = await firstMirror(mirrors, (mirror) =>
      client.fetchText(`${mirror.url}/dists/${suite}/InRelease`, RELEASE_LIMIT),
    );
    if (release === undefined) throw new DebianError('mirror-failed', `no mirror has the suite ${suite}`);
    const files = parseRelease(await verifiedRelease(store, release, suite, keys), suite);
    const tables: string[] = [];
    for (const component of components)
      tables.push(await tableOf(store, fetch, files, { suite, component, architecture }));
    return openTable(tables.join(''));
  };
  return {
    fetch,
    async has({ path }, delays) {
      for (const mirror of mirrors) if (await client.hasFile(urlOf(mirror, path), delays)) return true;
      return false;
    },
    index(suite, architecture, components = DEFAULT_COMPONENTS) {
      const key = [suite, architecture, ...components].join(' ');
      const known = indexes.get(key);
      if (known) return known;
      const index = load(suite, architecture, components);
      indexes.set(key, index);
      index.catch(() => indexes.delete(key));
      return index;
    },
  };
}

async function fetchInto(
  store: BlobStore,
  client: MirrorClient,
  mirrors: readonly Mirror[],
  file: ArchiveFile,
  progress: FetchProgress | undefined,
) {
  const digest = `sha256:${file.sha256}` as const;
  if (await store.has(digest)) return digest;
  return firstMirror(mirrors, async (mirror) => {
    const url = urlOf(mirror, file.path);
    await client.fetchWith(url, (body) =>
      store.write({ digest, size: file.size }, progress ? counted(body, progress) : body),
    );
    return digest;
  });
}

async function* counted(
  body: AsyncIterable<Uint8Array>,
  progress: FetchProgress,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of body) {
    progress.count(chunk.length);
    yield chunk;
  }
}

function urlOf(mirror: Mirror, path: string): string {
  if (/(^|\/)\.\.(\/|$)|^\/|[?#]/.test(path))
    throw new DebianError('bad-lock', `expected a path in the archive, got ${path}`);
  return `${mirror.url}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * Returns the answer of the first mirror that has the file, or undefined if none has it. Throws the last other error
 * if no mirror has it.
 */
async function firstMirror<T>(
  mirrors: readonly Mirror[],
  ask: (mirror: Mirror) => Promise<T>,
): Promise<T | undefined> {
  // `NotFound` says only that this mirror lacks the file; another error leaves open whether it has it.
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
