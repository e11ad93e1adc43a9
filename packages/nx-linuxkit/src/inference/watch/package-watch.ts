import { realpathSync } from 'node:fs';
import { join, sep } from 'node:path';
import {
  BUILDER_VARIABLE,
  insideWorkspace,
  mayRun,
  packageSources,
  type ImageNode,
  type PackageFinder,
  type PackageImage,
  type PackageInputs,
} from '@nx-linuxkit/stages/plan';
import type { Input } from '../target.js';
import { contextInputs } from './context-inputs.js';
import { filesetOf } from './glob.js';
import { inputsOf, type Watch } from './watch.js';

interface Package {
  readonly inputs: readonly Input[];
  readonly unwatched?: string;
}

/** What Nx watches of the packages of a workspace. Systems share packages, so each is looked at once. */
export class PackageWatch {
  private readonly known = new Map<string, Package>();

  constructor(
    private readonly watch: Watch,
    private readonly packages: PackageFinder,
  ) {}

  /** The files of a package, as inputs; empty for an image that is pulled, and for a package that npm installed. */
  inputs({ source }: ImageNode): readonly Input[] {
    if (source.kind !== 'package') return [];
    const below = source.dockerfile?.bases ?? [];
    return unique([...this.of(source).inputs, ...below.flatMap(({ image }) => this.inputs(image))]);
  }

  /** Why Nx cannot watch the files of one of these images: then no task that reads their bytes may be cached. */
  unwatched(images: readonly ImageNode[]): string | undefined {
    return images
      .map(({ source }) => (source.kind === 'package' ? this.unwatchedOf(source) : undefined))
      .find((reason) => reason !== undefined);
  }

  private unwatchedOf(source: PackageImage): string | undefined {
    const below = source.dockerfile?.bases.map(({ image }) => image) ?? [];
    return this.of(source).unwatched ?? this.unwatched(below);
  }

  private of(source: PackageImage): Package {
    const name = `${source.folder}/${source.file ?? ''}`;
    const known = this.known.get(name) ?? this.look(source);
    this.known.set(name, known);
    return known;
  }

  /** The variable decides what RUN can do, as the option for it does, which is in the keys. */
  private lookInto(read: PackageInputs): Package {
    const { inputs, unwatched } = contextInputs(read, this.watch);
    return { inputs: [...inputs, ...(mayRun(read.plan) ? [{ env: BUILDER_VARIABLE }] : [])], unwatched };
  }

  /** A hash of a package that npm installed is in the keys, and npm's lock tells Nx when it is replaced. */
  private look(source: PackageImage): Package {
    const { folder, pinned } = source;
    if (pinned) return { inputs: [] };
    if (source.dockerfile) return this.lookInto(this.packages.inputs(source));
    const path = join(this.watch.workspaceRoot, folder);
    const named = packageSources(path)
      .map((source) => join(path, source))
      // The stage refuses a source that leads out of the folder by its name.
      .filter((source) => source.startsWith(path + sep));
    const lock = this.watch.file(join(path, 'build.lock.json'));
    const trees = named.map((file) => this.watch.tree(file));
    const all = filesetOf(folder, 'below');
    const more = [...inputsOf(lock), ...trees.flatMap((tree) => inputsOf(tree, 'below'))];
    // What git does not ignore in the folder is in `all` already.
    const covered = all.slice(0, -'**/*'.length);
    const others = more.filter((input) => typeof input !== 'string' || !input.startsWith(covered));
    return {
      inputs: [all, ...unique(others)],
      unwatched: [lock, ...trees].find(({ unwatched }) => unwatched)?.unwatched,
    };
  }
}

/**
 * The files of a package that inference reads: its build.yml, which says what else is read, or a folder outside the
 * workspace, whose hash is in the keys. Gives the reason when Nx cannot watch them.
 */
export function unwatchedPackage({ folder, file, pinned }: PackageImage, watch: Watch): string | undefined {
  const path = join(watch.workspaceRoot, folder);
  if (!pinned) return watch.document(join(path, file ?? 'build.yml')).unwatched;
  const real = realpathSync(path);
  const installed = real.split(sep).includes('node_modules');
  if (installed || insideWorkspace(real, realpathSync(watch.workspaceRoot)) !== undefined) return undefined;
  return `the package ${folder} is outside the workspace`;
}

function unique(inputs: readonly Input[]): Input[] {
  return [...new Map(inputs.map((input) => [JSON.stringify(input), input])).values()];
}
