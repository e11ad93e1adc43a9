import type { Op } from '@nx-linuxkit/deflate';
import { encodeMember, padTo4 } from '../cpio/header.js';
import type { CpioMember } from '../cpio/member.js';
import { TreeError } from '../error.js';

/** The members, without a trailer, as edits of the layer that holds all their contents. */
export function memberOps(members: readonly CpioMember[]): Op[] {
  const ops: Op[] = [];
  let pending: Uint8Array[] = [];
  const flush = () => {
    if (pending.length > 0) ops.push({ insert: pending.length === 1 ? pending[0]! : Buffer.concat(pending) });
    pending = [];
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
    flush();
    ops.push({ keep: [offset, kept] });
    if (size % 4 !== 0) pending.push(Buffer.alloc(padTo4(size) - size));
  }
  flush();
  return ops;
}
