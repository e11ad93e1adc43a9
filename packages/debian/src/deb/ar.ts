import { DebianError } from '../errors.js';
import { ByteReader } from './byte-reader.js';

/** A file in a Unix archive. */
export interface ArMember {
  readonly name: string;
  /** bytes */
  readonly size: number;
  /** Can be read until the next member is asked for. */
  readonly body: AsyncIterable<Uint8Array>;
}

const MAGIC = '!<arch>\n';
const HEADER = 60;

/**
 * Yields the members of a Unix archive in order, in the form that deb(5) uses: short names, decimal sizes, even
 * alignment. `name` is the archive in messages. Throws `bad-format`.
 */
export async function* arMembers(bytes: AsyncIterable<Uint8Array>, name: string): AsyncIterable<ArMember> {
  const reader = new ByteReader(bytes);
  try {
    const magic = await reader.atMost(MAGIC.length);
    if (magic.toString('latin1') !== MAGIC)
      throw new DebianError('bad-format', `${name} is not an ar archive`);
    for (let header = await reader.exactly(HEADER); header; header = await reader.exactly(HEADER)) {
      const size = memberSize(header, name);
      const end = reader.position + size;
      yield {
        name: header.toString('latin1', 0, 16).trim().replace(/\/$/, ''),
        size,
        body: reader.take(size),
      };
      await reader.skipTo(end + (size % 2));
    }
  } finally {
    await reader.close();
  }
}

function memberSize(header: Buffer, name: string): number {
  const size = Number(header.toString('latin1', 48, 58).trim());
  const valid = Number.isSafeInteger(size) && size >= 0 && header.toString('latin1', 58, 60) === '`\n';
  if (!valid) throw new DebianError('bad-format', `${name}: broken ar header`);
  return size;
}
