import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { isProjectManifest } from './own-targets.js';

/** Tells which folders of a workspace belong to a project that other files than those of a package make. */
export class ProjectFolders {
  private readonly known = new Map<string, boolean>();

  /** `roots` are the folders of systems. */
  constructor(
    private readonly workspaceRoot: string,
    private readonly roots: ReadonlySet<string>,
  ) {}

  /**
   * Whether a folder is that of a project, or lies below it. Projects that other plugins infer out of their own files are not
   * known here. The folder of the workspace itself counts as one, because a project there would have all files.
   */
  has(folder: string): boolean {
    const known = this.known.get(folder);
    if (known !== undefined) return known;
    const has = folder === '.' || this.isRoot(folder) || this.hasAbove(folder);
    this.known.set(folder, has);
    return has;
  }

  private hasAbove(folder: string): boolean {
    const above = posix.dirname(folder);
    return above === '.' ? this.isRoot('.') : this.has(above);
  }

  private isRoot(folder: string): boolean {
    if (this.roots.has(folder)) return true;
    if (existsSync(join(this.workspaceRoot, folder, 'project.json'))) return true;
    return isProjectManifest(folder, this.workspaceRoot);
  }
}
