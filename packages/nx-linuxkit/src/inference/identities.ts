import { posix } from 'node:path';
import { formatNames } from '@nx-linuxkit/formats';
import { identify, type OsChoice, type OsFile, type OsIdentity } from '@nx-linuxkit/stages/plan';
import type { Warnings } from './warnings.js';

/**
 * Gives each system its own name and its own folder of `dist`. `debug.linuxkit.yml` in `my-os` and a folder
 * `my-os-debug` want the same name, and so may a second platform and a variant; a name that is taken is replaced by
 * the path.
 */
export class Identities {
  /** Name to the root of the system that has it: the folder for a folder's own name. */
  private readonly owners: Map<string, string>;
  /** Folder of `dist` to the root of its owner. */
  private readonly dists: Map<string, string>;

  constructor(
    private readonly folderNames: ReadonlyMap<string, string>,
    private readonly warnings: Pick<Warnings, 'add'>,
  ) {
    this.owners = new Map([...folderNames].map(([folder, name]) => [name, folder]));
    this.dists = new Map([...folderNames.keys()].map((folder) => [posix.join('dist', folder), folder]));
  }

  of(file: OsFile, choice?: OsChoice): OsIdentity {
    return this.withOwnDist(this.named(file, choice), file);
  }

  /** Whether a system has a name. */
  has(name: string): boolean {
    return this.owners.has(name);
  }

  private named(file: OsFile, choice?: OsChoice): OsIdentity {
    const named = (name: string) => identify(file, name, choice);
    const wanted = named(file.stem ?? (this.folderNames.get(file.folder) as string));
    // The system of a folder has the folder's name, which no other folder has.
    if (wanted.root === file.folder || this.claim(wanted)) return wanted;
    let base = [...file.folder.split('/'), file.stem ?? []].flat().join('-');
    while (this.isClaimed(named(base))) base += '.linuxkit';
    const other = named(base);
    if (!this.owners.has(other.name)) {
      this.warnings.add(
        `${file.file}: another project is called ${wanted.name}, so this one is ${other.name}`,
        file.file,
      );
    }
    this.claim(other);
    return other;
  }

  /**
   * Moves a system whose folder of `dist` has an owner. `debug.linuxkit.yml` would build into the folder of a system
   * `debug` beside it, and Nx, which restores an output as a whole, would delete one output for the other. A variant
   * with the name of a format has the same problem.
   */
  private withOwnDist(identity: OsIdentity, { file }: OsFile): OsIdentity {
    const owner = identity.root;
    let { dist } = identity;
    while (this.isTaken(dist, owner)) dist += '.linuxkit';
    if (dist !== identity.dist && !this.dists.has(dist)) {
      this.warnings.add(
        `${file}: another system builds into ${identity.dist}, so this one does into ${dist}`,
        file,
      );
    }
    this.dists.set(dist, owner);
    return dist === identity.dist ? identity : { ...identity, dist };
  }

  private isTaken(dist: string, owner: string): boolean {
    const other = this.dists.get(dist);
    if (other !== undefined && other !== owner) return true;
    return formatNames.includes(posix.basename(dist)) && this.dists.has(posix.dirname(dist));
  }

  private claim(identity: OsIdentity): boolean {
    if (!this.owners.has(identity.name)) this.owners.set(identity.name, identity.root);
    return !this.isClaimed(identity);
  }

  private isClaimed({ name, root }: OsIdentity): boolean {
    const owner = this.owners.get(name);
    return owner !== undefined && owner !== root;
  }
}
