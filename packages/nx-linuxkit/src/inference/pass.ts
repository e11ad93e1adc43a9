import type { CreateNodesContextV2 } from '@nx/devkit';
import {
  PackageFinder,
  checkTargetNames,
  loadFrom,
  type ImageNode,
  type Load,
  type OsFile,
  type OsPlan,
  type TargetNaming,
} from '@nx-linuxkit/stages/plan';
import type { PluginOptions } from '../options.js';
import { Identities } from './identities.js';
import type { IncludedFiles } from './included-files.js';
import { NodeRoots } from './node-roots.js';
import { Producers } from './producer.js';
import { PackageWatch } from './watch/package-watch.js';
import { Watch } from './watch/watch.js';
import type { Warnings } from './warnings.js';
import { nameOsFolders } from './workspace-files.js';

/** What is known during one pass over a workspace. */
export interface Pass extends CreateNodesContextV2 {
  /** Reads a file of the workspace; a YAML or a lock that several ask for, or that was read before, is parsed once. */
  readonly load: Load;
  readonly packages: PackageFinder;
  readonly watch: Watch;
  readonly producers: Producers;
  readonly packageWatch: PackageWatch;
  /** Plans of the systems so far, for the images that they share. */
  readonly plans: OsPlan[];
  /** The YAMLs that systems read so far. */
  readonly documents: Set<string>;
  /** Files that the option `include` names, which git may ignore. */
  readonly generated: ReadonlySet<string>;
  /** The images of packages so far. */
  readonly images: ImageNode[];
  readonly identities: Identities;
  readonly nodeRoots: NodeRoots;
  readonly warnings: Warnings;
  /** What targets are called; the default where the options are wrong, which every system reports. */
  readonly naming: TargetNaming;
  readonly namingError?: unknown;
}

/**
 * A function for each workspace that stays the same in all passes of this process: what is parsed of a text is remembered by
 * the function, the file and the text itself, so an edit of one YAML parses one YAML.
 */
const loads = new Map<string, Load>();

function loadOf(workspaceRoot: string): Load {
  const load = loads.get(workspaceRoot) ?? loadFrom(workspaceRoot);
  loads.set(workspaceRoot, load);
  return load;
}

/** Starts a pass over these OS files. */
export function newPass(
  osFiles: readonly OsFile[],
  included: IncludedFiles,
  warnings: Warnings,
  options: PluginOptions,
  context: CreateNodesContextV2,
): Pass {
  const { workspaceRoot } = context;
  const packages = new PackageFinder(workspaceRoot, options);
  const watch = new Watch(workspaceRoot);
  const names = nameOsFolders(osFiles, workspaceRoot, warnings);
  return {
    ...context,
    load: loadOf(workspaceRoot),
    packages,
    watch,
    producers: new Producers(workspaceRoot),
    packageWatch: new PackageWatch(watch, packages),
    plans: [],
    documents: new Set(),
    generated: new Set(included.files),
    images: [],
    identities: new Identities(names, warnings),
    nodeRoots: new NodeRoots(),
    warnings,
    ...readNaming(options),
  };
}

function readNaming(options: PluginOptions): Pick<Pass, 'naming' | 'namingError'> {
  try {
    checkTargetNames(options);
    return { naming: options };
  } catch (namingError) {
    return { naming: {}, namingError };
  }
}
