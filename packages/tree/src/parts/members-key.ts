import { createHash } from 'node:crypto';
import { encodeMember, padTo4 } from '../cpio/header.js';
import type { CpioMember } from '../cpio/member.js';

/** A SHA-256 in hex over the headers of members and what names their contents. It names the bytes of the members. */
export function membersKey(members: Iterable<CpioMember>): string {
  const hash = createHash('sha256');
  for (const member of members) {
    // A header says where it ends, so that no other members give the same text.
    hash.update(encodeMember(member));
    if (!member.content) continue;
    const { source, offset, size } = member.content;
    hash.update(`${JSON.stringify([source.id, offset, size])}\n`);
  }
  return hash.digest('hex');
}

/** Bytes of members as `writeMembers` writes them. */
export function membersSize(members: Iterable<CpioMember>): number {
  let size = 0;
  for (const member of members) size += encodeMember(member).length + padTo4(member.content?.size ?? 0);
  return size;
}
