import type { ByteSource, Content } from './content.js';

/** A source over a file of the host, which is opened at the first read and stays open until `close`. */
export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

export function fileSource(_path: string, _options: { id: string; size: number }): FileSource {
  throw new Error('not built');
}

/** A source over bytes in memory. Without an id its sha256 names it. */
export function bytesSource(_bytes: Uint8Array, _id?: string): ByteSource {
  throw new Error('not built');
}

/** All of a string or of bytes as a content. */
export function bytesContent(_bytes: Uint8Array | string): Content {
  throw new Error('not built');
}
