import { readContent } from '../content.js';
import type { Entry } from '../inode.js';
import { Output } from '../output.js';
import { encodeMember, encodeTrailer, padTo4 } from './header.js';
import { cpioMembers } from './member.js';

/**
 * One complete newc archive, for the Linux kernel: trailer included, padded to 4 bytes. A hard-linked file has
 * its bytes on its first name. Xattrs cannot be kept.
 */
export async function* writeCpio(entries: Iterable<Entry>): AsyncGenerator<Uint8Array> {
  const output = new Output();
  for (const member of cpioMembers(entries)) {
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
  output.push(encodeTrailer());
  yield* output.take();
}
