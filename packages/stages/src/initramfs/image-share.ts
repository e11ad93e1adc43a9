import type { CpioMember, Inode, PartPlan, Tree } from '@nx-linuxkit/tree';
import { isAtRoot } from '../segment/place-segment.js';
import { generatedMembers, membersOf, partsOf } from '../segment/planned-segment.js';
import type { Taken } from './arrangement.js';
import type { AssembledSegment } from './assembled-segment.js';

/** What an image brings to the root of a system. */
export interface ImageShare {
  /** The parts of its segment that fit as they are. */
  readonly taken: Taken;
  /** The members of these. */
  readonly members: Iterable<CpioMember>;
  /** Plans of parts that take the place of others. */
  readonly remade: readonly PartPlan[];
}

/** An image that shares a root with others. Planned once, it says for any root what it brings of it. */
export class SharedImage {
  /** The parts of the segment as its stage made them, without knowledge of other images. */
  private readonly parts: readonly PartPlan[];
  /** What the segment has behind its parts. */
  private readonly generated: readonly CpioMember[];

  constructor(private readonly assembled: AssembledSegment) {
    const { node, placed } = assembled;
    this.parts = partsOf(placed);
    this.generated = isAtRoot(node) ? [] : generatedMembers(placed, this.parts);
  }

  /**
   * What the image brings of the tree `wanted`, except the inodes in `without`. A part that would bring nothing else fits
   * as it is. A part that would is planned again, or left out where only directories remain.
   */
  of(wanted: Tree, without: ReadonlySet<Inode>): ImageShare {
    const plans = partsOf(this.assembled.placed, { into: wanted, without });
    const byLayer = new Map(plans.map((plan) => [plan.layer, plan]));
    const fitting = new Set<PartPlan>();
    const remade: PartPlan[] = [];
    for (const part of this.parts) {
      const plan = byLayer.get(part.layer);
      if (plan && isSame(part.members, plan.members)) fitting.add(part);
      else if (plan && plan.members.fileCount > 0) remade.push(plan);
    }
    const whole: readonly { members: Iterable<CpioMember>; isTaken: boolean }[] = [
      ...this.parts.map((part) => ({ members: part.members, isTaken: fitting.has(part) })),
      ...(this.generated.length > 0
        ? [{ members: this.generated, isTaken: areIn(this.generated, wanted, without) }]
        : []),
    ];
    return {
      taken: whole.every(({ isTaken }) => isTaken)
        ? 'all'
        : whole.flatMap(({ isTaken }, i) => (isTaken ? [i] : [])),
      members: membersOf(whole.filter(({ isTaken }) => isTaken)),
      remade,
    };
  }
}

function isSame(a: Iterable<CpioMember>, b: Iterable<CpioMember>): boolean {
  const others = b[Symbol.iterator]();
  for (const one of a) {
    const { done, value } = others.next();
    if (done || !isSameMember(one, value as CpioMember)) return false;
  }
  return others.next().done === true;
}

/** Each plan has directories of its own; everything else is the image's. */
function isSameMember(a: CpioMember, b: CpioMember): boolean {
  if (a.path !== b.path || a.inode === b.inode) return a.path === b.path;
  return a.inode.mtime === b.inode.mtime && isSameDirectory(a.inode, b.inode);
}

/** Tells whether a directory has the mode and owner of another. */
export function isSameDirectory(a: Inode, b: Inode | undefined): boolean {
  return a.type === 'dir' && b?.type === 'dir' && a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

/** Tells whether a tree has all members where they would be unpacked. */
function areIn(members: readonly CpioMember[], wanted: Tree, without: ReadonlySet<Inode>): boolean {
  return members.every(({ path, inode }) => {
    const there = wanted.get(path);
    return inode.type === 'dir' ? isSameDirectory(inode, there) : there === inode && !without.has(inode);
  });
}
