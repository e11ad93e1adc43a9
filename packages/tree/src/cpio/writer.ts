import { readContent } from '../content.js';
import type { Entry } from '../inode.js';
import { ChunkBuffer } from '../chunk-buffer.js';
import { encodeMember, encodeTrailer, padTo4 } from './header.js';
import { cpioMembers, type CpioMember } from './member.js';

/**
 * Yields one complete newc archive as Linux unpacks it (Documentation/driver-api/early-userspace/buffer-format.rst),
 * with its trailer, padded to 4 bytes. Entries keep their order; a hard-linked file has its bytes on its first name.
 * newc cannot hold extended attributes: they are left out.
 *
 * @throws TreeError `range` for a file of 4 GiB or more, `too-long` for a name beyond Linux's limits, and
 * `not-a-directory` for an entry without its parent directory before it.
 */
export async function* writeCpio(entries: Iterable<Entry>): AsyncGenerator<Uint8Array> {
  yield* writeMembers(cpioMembers(entries));
  yield encodeTrailer();
}

/**
 * Yields members without a trailer, padded to 4 bytes: a part of an archive, which others can follow. It throws as
 * `writeCpio` does.
 */
export async function* writeMembers(members: Iterable<CpioMember>): AsyncGenerator<Uint8Array> {
  const output = new ChunkBuffer();
  for (const member of members) {
    output.push(encodeMember(member));
    if (member.content) {
      for await (const chunk of readContent(member.content)) {
        output.push(chunk);
        if (output.full) yield* output.take();
      }
      output.push(Buffer.alloc(padTo4(member.content.size) - member.content.size));
    }
    if (output.full) yield* output.take();
  }
  yield* output.take();
}
