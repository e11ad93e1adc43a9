import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { PluginOptions } from '../options.js';

/** Folders that hold no OS file of a user, and that would take long to look through. */
const SKIPPED = ['node_modules', '.git', '.nx', '.linuxkit'];

/** What an OS file is called. */
const YAML = /\.ya?ml$/;

/** A pattern of paths. `partial` asks whether a path may be the beginning of one. */
interface Pattern {
  match(path: string, partial?: boolean): boolean;
}

/** The YAMLs that the option `include` names. */
export interface IncludedFiles {
  /** Relative to the workspace, sorted. They may be files that Nx does not list, because git ignores them. */
  readonly files: readonly string[];
  /** True for a file that a pattern with `!` takes out. */
  refuses(file: string): boolean;
}

/**
 * Lists the YAML files of a workspace that the option `include` names. Only folders in which a pattern may match are read,
 * so that `images/out/*.yml` reads one folder.
 */
export async function includedFiles(
  options: Pick<PluginOptions, 'include'>,
  workspaceRoot: string,
): Promise<IncludedFiles> {
  const include = textsOf(options.include);
  if (include.length === 0) return { files: [], refuses: () => false };
  // Loaded here, because most workspaces need no pattern.
  const { Minimatch } = await import('minimatch');
  const parsed = (some: readonly string[]): Pattern[] =>
    some.map((text) => new Minimatch(text, { dot: true }));
  const taken = parsed(include.filter((text) => !text.startsWith('!')));
  const refused = parsed(include.filter((text) => text.startsWith('!')).map((text) => text.slice(1)));
  const refuses = (file: string) => refused.some((pattern) => pattern.match(file));
  return { files: filesOf(workspaceRoot, taken).filter((file) => !refuses(file)), refuses };
}

/** The targets of each system report an option of another type, so that it must not stop the graph here. */
function textsOf(include: unknown): string[] {
  return [include].flat().filter((text) => typeof text === 'string');
}

function filesOf(workspaceRoot: string, patterns: readonly Pattern[]): string[] {
  const visit = (folder: string): string[] =>
    entriesOf(join(workspaceRoot, folder)).flatMap((entry) => {
      const path = posix.join(folder, entry.name);
      if (!entry.isDirectory()) {
        return YAML.test(path) && patterns.some((pattern) => pattern.match(path)) ? [path] : [];
      }
      const leads = !SKIPPED.includes(entry.name) && patterns.some((pattern) => pattern.match(path, true));
      return leads ? visit(path) : [];
    });
  return visit('.').sort();
}

/** A folder that cannot be read has no files: Nx lists none of it either. */
function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
