import { extract, pack, type Header } from 'tar-stream';

/** One entry of a test's tar, names taken as they are: an attack is written down as it would arrive. */
export interface TestEntry {
  readonly name: string;
  readonly type?: Header['type'];
  /** Default 0644, of a directory 0755. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  /** Seconds; default: 1492533000. */
  readonly mtime?: number;
  readonly body?: string | Uint8Array;
  /** Target of a symlink or hard link. */
  readonly linkname?: string;
  readonly device?: readonly [major: number, minor: number];
  /** Raw PAX records, `SCHILY.xattr.user.x` and the like. */
  readonly pax?: Readonly<Record<string, string>>;
}

const DEFAULT_MTIME = 1492533000;

export async function tarOf(entries: readonly TestEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const entry of entries) tar.entry(headerOf(entry), Buffer.from(entry.body ?? ''));
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as unknown as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The PAX records of an archive's entries, by their names without the slash that a directory's ends with. */
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
