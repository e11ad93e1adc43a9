import type { CpioMember, Inode, PartPlan, Tree } from '@nx-linuxkit/tree';
import type { PlacedImage } from '../segment/placed-image.js';
import { generatedMembers, partsOf } from '../segment/planned-segment.js';
import type { Taken } from './arrangement.js';

/** What an image brings to the root of a system. */
export interface ImageShare {
  /** The parts of its segment that fit as they are. */
  readonly taken: Taken;
  /** The members of these. */
  readonly members: readonly CpioMember[];
  /** Plans of parts that take the place of others. */
  readonly remade: readonly PartPlan[];
}

/** Shares out a root among its images; each call computes what one image brings of it. */
export class SharedImage {
  /** The parts of the segment as its stage made them, without knowledge of other images. */
  private readonly parts: readonly PartPlan[];
  private readonly generated: readonly CpioMember[];

  /** `count` is how many parts the segment has. */
  constructor(
    private readonly placed: PlacedImage,
    count: number,
  ) {
    this.parts = partsOf(placed);
    this.generated = count > this.parts.length ? generatedMembers(placed, this.parts) : [];
  }

  /**
   * What the image brings of the tree `wanted`, except the inodes in `without`. A part that would bring nothing else fits
   * as it is. A part that would is planned again, or left out where only directories remain.
   */
  of(wanted: Tree, without: ReadonlySet<Inode>): ImageShare {
    const plans = new Map(partsOf(this.placed, { into: wanted, without }).map((plan) => [plan.layer, plan]));
    const taken: number[] = [];
    const members: CpioMember[] = [];
    const remade: PartPlan[] = [];
    for (const [i, part] of this.parts.entries()) {
      const plan = plans.get(part.layer);
      if (!plan) continue;
      if (isSame(part.members, plan.members)) {
        taken.push(i);
        members.push(...part.members);
      } else if (!plan.members.every(isDirectory)) remade.push(plan);
    }
    if (this.generated.length > 0 && this.generated.every((member) => fits(member, wanted, without))) {
      taken.push(this.parts.length);
      members.push(...this.generated);
    }
    const count = this.parts.length + (this.generated.length > 0 ? 1 : 0);
    return { taken: taken.length === count ? 'all' : taken, members, remade };
  }
}

function isSame(a: readonly CpioMember[], b: readonly CpioMember[]): boolean {
  return a.length === b.length && a.every(({ path, inode }, i) => path === b[i].path && inode === b[i].inode);
}

function isDirectory({ inode }: CpioMember): boolean {
  return inode.type === 'dir';
}

/** Tells whether a tree has a member where it would be unpacked. */
function fits({ path, inode }: CpioMember, wanted: Tree, without: ReadonlySet<Inode>): boolean {
  const there = wanted.get(path);
  return inode.type === 'dir' ? there?.type === 'dir' : there === inode && !without.has(inode);
}
