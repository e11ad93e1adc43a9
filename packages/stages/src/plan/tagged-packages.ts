import { createHash } from 'node:crypto';
import { posix, resolve } from 'node:path';
import { parseRegistryReference } from '@nx-linuxkit/oci/reference';
import type { DockerfilePackage } from './dockerfile/dockerfile-package.js';
import type { PackagePlanner } from './dockerfile/package-planner.js';
import { expandTag, hashInTag } from './dockerfile/tag-template.js';
import { treeHash, type ObjectHash } from './git/tree-hash.js';
import type { PackageImage } from './image-node.js';

/** Where LinuxKit's users have their packages. */
export const PACKAGE_FOLDERS: readonly string[] = ['pkg'];

/** A package of the workspace whose image a reference names with a tag of LinuxKit's. */
export interface TaggedPackage {
  /** Its folder, or the file of a variant, relative to the workspace. */
  readonly place: string;
  /** The tag that its files have now. */
  readonly tag: string;
  /** Whether the reference has that tag, so that the package is the image. */
  readonly isCurrent: boolean;
}

/** Hexadecimal digits of a SHA-256. */
const SHA256_DIGITS = 64;

/**
 * Finds the packages of a workspace by LinuxKit's tags, `linuxkit/sshd:<hash of git>`. A package has a tag as long as all
 * its files are as the hash says, so that what is not committed never passes for what is. Reads files alone.
 */
export class TaggedPackages {
  private readonly known = new Map<string, TaggedPackage | undefined>();
  private readonly hashes = new Map<string, string | undefined>();

  constructor(
    private readonly workspaceRoot: string,
    private readonly folders: readonly string[],
    private readonly planner: Pick<PackagePlanner, 'withName' | 'file'>,
  ) {}

  /** Undefined for a reference that names no package, and for a tag that is not one of LinuxKit's. */
  of(reference: string): TaggedPackage | undefined {
    if (!this.known.has(reference)) this.known.set(reference, this.look(reference));
    return this.known.get(reference);
  }

  private look(reference: string): TaggedPackage | undefined {
    const source = this.planner.withName(reference, this.folders);
    const found = source && this.planner.file(source);
    if (!source || !found) return undefined;
    const { tag = '' } = parseRegistryReference(reference);
    const named = hashInTag(found.tag, tag);
    if (named === undefined) return undefined;
    const hash = named === '' ? '' : this.hashOf(found, named.length === SHA256_DIGITS ? 'sha256' : 'sha1');
    if (hash === undefined) return undefined;
    return { place: placeOf(source), tag: expandTag(found.tag, hash), isCurrent: hash === named };
  }

  /** LinuxKit joins the hashes of further sources, own tree first, and hashes them as text. */
  private hashOf(
    { folder, extraSources }: Pick<DockerfilePackage, 'folder' | 'extraSources'>,
    algorithm: ObjectHash,
  ): string | undefined {
    const more = Object.values(extraSources);
    const folders = [resolve(this.workspaceRoot, folder), ...more];
    const hashes = folders.map((path) => this.treeHash(path, algorithm));
    if (hashes.includes(undefined)) return undefined;
    return more.length === 0 ? hashes[0] : createHash('sha1').update(hashes.join('')).digest('hex');
  }

  /** Variants share their folder. */
  private treeHash(folder: string, algorithm: ObjectHash): string | undefined {
    const name = `${algorithm} ${folder}`;
    if (!this.hashes.has(name)) this.hashes.set(name, treeHash(folder, algorithm));
    return this.hashes.get(name);
  }
}

function placeOf({ folder, file }: PackageImage): string {
  return file === undefined ? folder : posix.join(folder, file);
}
