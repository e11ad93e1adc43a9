import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import { extract, pack, type Header } from 'tar-stream';

/** An entry of a tar. Its name is written as it is, so that a test can write a hostile one. */
export interface TestEntry {
  readonly name: string;
  /** Default: `file`. */
  readonly type?: Header['type'];
  /** Default: 0755 for a directory, else 0644. */
  readonly mode?: number;
  /** Default: 0. */
  readonly uid?: number;
  /** Default: 0. */
  readonly gid?: number;
  /** Seconds since 1970; default: 1492533000, LinuxKit's fixed time. */
  readonly mtime?: number;
  /** Default: empty. */
  readonly body?: string | Uint8Array;
  /** Target of a symlink or hard link. */
  readonly linkname?: string;
  readonly device?: readonly [major: number, minor: number];
  /** PAX records by their key, such as `SCHILY.xattr.user.x`. */
  readonly pax?: Readonly<Record<string, string>>;
}

/** Writes a tar with these entries, in their order. */
export async function tarOf(entries: readonly TestEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const entry of entries) tar.entry(headerOf(entry), Buffer.from(entry.body ?? ''));
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Reads the PAX records of a tar's entries, by the names of the entries without a slash at their end. */
export async function paxOf(archive: Uint8Array): Promise<Map<string, Readonly<Record<string, string>>>> {
  const records = new Map<string, Readonly<Record<string, string>>>();
  const entries = extract();
  entries.on('entry', ({ name, pax }, body, next) => {
    records.set(name.replace(/\/$/, ''), (pax ?? {}) as Record<string, string>);
    body.on('end', next);
    body.resume();
  });
  const finished = new Promise<void>((resolve, reject) => {
    entries.on('finish', () => resolve()).on('error', reject);
  });
  entries.end(Buffer.from(archive));
  await finished;
  return records;
}

function headerOf({
  name,
  type = 'file',
  mtime = DEFAULT_MTIME,
  body = '',
  ...rest
}: TestEntry): Partial<Header> & Pick<Header, 'name'> {
  return {
    name,
    type,
    mode: rest.mode ?? (type === 'directory' ? 0o755 : 0o644),
    uid: rest.uid ?? 0,
    gid: rest.gid ?? 0,
    mtime: new Date(mtime * 1000),
    size: Buffer.byteLength(body),
    ...(rest.linkname === undefined ? {} : { linkname: rest.linkname }),
    ...(rest.device ? { devmajor: rest.device[0], devminor: rest.device[1] } : {}),
    ...(rest.pax ? { pax: { ...rest.pax } } : {}),
  };
}
