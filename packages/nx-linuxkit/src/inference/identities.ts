import { identify, type OsFile, type OsIdentity } from '@nx-linuxkit/stages/plan';

/**
 * The identity of each OS under a name of its own. `debug.linuxkit.yml` in `my-os` and a folder `my-os-debug`
 * want one name, and so do a second platform and a variant; one that is taken is replaced by the path.
 */
export class Identities {
  /** Name to the file that has it; of a folder's own name, to the folder. */
  private readonly owners: Map<string, string>;

  constructor(
    private readonly folderNames: ReadonlyMap<string, string>,
    private readonly warnings: string[],
  ) {
    this.owners = new Map([...folderNames].map(([folder, name]) => [name, folder]));
  }

  of(file: OsFile, platform?: string, firstPlatform?: string): OsIdentity {
    const named = (name: string) => identify(file, name, platform, firstPlatform);
    const wanted = named(this.folderNames.get(file.folder) as string);
    // A folder's own OS has the folder's name, which no other folder has.
    if (wanted.root === file.folder || this.claim(wanted.name, file)) return wanted;
    const other = named(file.folder.split('/').join('-'));
    if (!this.owners.has(other.name)) {
      this.warnings.push(
        `${file.file}: another project is called ${wanted.name}, so this one is ${other.name}`,
      );
    }
    this.claim(other.name, file);
    return other;
  }

  private claim(name: string, { file }: OsFile): boolean {
    if (!this.owners.has(name)) this.owners.set(name, file);
    return this.owners.get(name) === file;
  }
}
