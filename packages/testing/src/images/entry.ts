import { pack, type Header } from 'tar-stream';

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
