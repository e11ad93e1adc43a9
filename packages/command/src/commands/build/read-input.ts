import type { Readable } from 'node:stream';
import { CommandError } from '../../error.js';

/** Bytes. The largest YAML of LinuxKit's users has 40 kB. */
const LIMIT = 4 << 20;

/** Reads a YAML from standard input. */
export async function readInput(stdin: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LIMIT) {
      throw new CommandError('bad-argument', `standard input has more than ${LIMIT} bytes, expected a YAML`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
