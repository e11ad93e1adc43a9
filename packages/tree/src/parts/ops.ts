import type { Op } from '@nx-linuxkit/deflate';
import { encodeMember, padTo4 } from '../cpio/header.js';
import type { CpioMember } from '../cpio/member.js';
import { TreeError } from '../error.js';

/** The members, without a trailer, as edits of the layer that holds all their contents. */
export function* memberOps(members: Iterable<CpioMember>): Generator<Op> {
  let pending: Uint8Array[] = [];
  const inserted = (): Op => {
    const insert = pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    pending = [];
    return { insert };
  };
  let kept = 0;
  for (const member of members) {
    pending.push(encodeMember(member));
    if (!member.content) continue;
    const { offset, size } = member.content;
    if (offset < kept) {
      throw new TreeError(
        'overlap',
        `${JSON.stringify(member.path)} shares bytes with another file of its layer`,
      );
    }
    kept = offset + size;
    yield inserted();
    yield { keep: [offset, kept] };
    if (size % 4 !== 0) pending.push(Buffer.alloc(padTo4(size) - size));
  }
  if (pending.length > 0) yield inserted();
}
