import { existsSync, readdirSync } from 'node:fs';
import { join, posix, resolve } from 'node:path';
import type { ImageUse } from '@nx-linuxkit/dockerfile/plan';
import type { Where } from '@nx-linuxkit/errors';
import { EMPTY_LOCK, type Lock } from '@nx-linuxkit/oci/lock';
import { parseRegistryReference } from '@nx-linuxkit/oci/reference';
import { StageError } from '../../error.js';
import {
  imageKey,
  packageNode,
  pulledNode,
  withRecords,
  type BaseNode,
  type ImageNode,
  type PackageImage,
} from '../image-node.js';
import { referenceName } from '../reference-name.js';
import { referenceMap, type ReferenceMap } from '../reference-map.js';
import { PACKAGE_PREFIX, type Settings } from '../settings.js';
import { PACKAGE_ARGUMENT } from './build-arguments.js';
import { contextHash } from './context-hash.js';
import { isPackageFile, readPackageFile } from './package-file.js';
import { DEFAULT_FILE, type DockerfilePackage } from './dockerfile-package.js';
import { inputsKey, readPackageInputs, type PackageInputs } from './package-inputs.js';
import { overridesKey } from './package-overrides.js';

/** A reference of a Dockerfile that the package's lock pins, or has to pin. */
export interface DockerfilePin {
  /** The folder and the file of the package. */
  readonly package: DockerfilePackage;
  readonly reference: string;
  readonly platform: string;
  /** The place in the Dockerfile. */
  readonly where: Where;
}

/** A package for one platform: its node, or what must be locked before it has one. */
export interface PlannedPackage {
  /** Absent while something is not locked. */
  readonly node?: ImageNode;
  /** What the locks of this package, and of those that it is built on, do not pin. */
  readonly unlocked: readonly DockerfilePin[];
  /** All that the lock of this package has to pin. */
  readonly pins: readonly DockerfilePin[];
  readonly inputs: PackageInputs;
}

/** Finds the package that an `@pkg:` reference of a Dockerfile names. */
export interface FindPackage {
  find(reference: string, where: Where, file: string): PackageImage;
  has(reference: string, file: string): boolean;
}

/** What names the file that describes a package, and what is said in its place. */
type Described = Pick<PackageImage, 'folder' | 'file' | 'overrides'>;

/** Plans the images of packages with a Dockerfile. Make a new one for each pass over a workspace. */
export class PackagePlanner {
  private readonly files = new Map<string, DockerfilePackage | undefined>();
  private readonly read = new Map<string, PackageInputs>();
  private readonly planned = new Map<string, PlannedPackage>();
  private readonly named = new Map<string, ReadonlyMap<string, PackageImage>>();
  private readonly visiting: string[] = [];

  constructor(
    private readonly workspaceRoot: string,
    private readonly settings: Pick<Settings, 'images' | 'packages'>,
    private readonly packages: FindPackage,
    /** Pins what the lock of a package does not pin. */
    private readonly pins: Lock = EMPTY_LOCK,
  ) {}

  /** What describes a package; undefined for one that has no Dockerfile. */
  file({ folder, file = DEFAULT_FILE, overrides }: Described): DockerfilePackage | undefined {
    const name = `${posix.join(folder, file)}${overridesKey(overrides)}`;
    if (!this.files.has(name)) {
      this.files.set(name, readPackageFile(this.workspaceRoot, folder, file, overrides));
    }
    return this.files.get(name);
  }

  /** What was read of a package's folder; its files are the same for every platform. Plan the package before. */
  inputs({ folder, file = DEFAULT_FILE }: Pick<PackageImage, 'folder' | 'file'>): PackageInputs {
    return this.read.get(posix.join(folder, file)) as PackageInputs;
  }

  /** Plans a package and all packages that it is built on. Throws StageError for packages that are built on each other. */
  plan(source: PackageImage, found: DockerfilePackage, platform: string): PlannedPackage {
    const described = posix.join(found.folder, found.file);
    const id = `${described} ${platform}${overridesKey(source.overrides)}`;
    const known = this.planned.get(id);
    if (known) return known;
    if (this.visiting.includes(id)) {
      throw new StageError(
        'unsupported',
        `packages are built on each other: ${[...this.visiting, id].join(', ')}`,
        {
          where: { file: posix.join(found.folder, found.dockerfile) },
        },
      );
    }
    this.visiting.push(id);
    try {
      const planned = this.planOnce(source, found, platform);
      this.planned.set(id, planned);
      return planned;
    } finally {
      this.visiting.pop();
    }
  }

  private planOnce(source: PackageImage, found: DockerfilePackage, platform: string): PlannedPackage {
    const inputs = readPackageInputs(this.workspaceRoot, found, platform);
    this.read.set(posix.join(found.folder, found.file), inputs);
    const unlocked: DockerfilePin[] = [];
    const pins: DockerfilePin[] = [];
    const bases = imagesOf(inputs, platform).flatMap(({ reference, platform: wanted, where }) => {
      const below = this.packageNamed(found, reference, where);
      const pin = { package: found, reference, platform: wanted, where };
      if (!below) pins.push(pin);
      const image = below
        ? this.packageBase(below.source, below.file, wanted, unlocked)
        : this.pulledBase(inputs, found, reference, wanted);
      if (image) return [{ reference, platform: wanted, image }];
      if (!below) unlocked.push(pin);
      return [];
    });
    if (unlocked.length > 0) return { unlocked, pins, inputs };
    const key = packageKey(this.workspaceRoot, source, inputs, bases, this.settings);
    return { node: packageNode({ ...source, dockerfile: { key, bases } }, platform), unlocked, pins, inputs };
  }

  private packageBase(
    source: PackageImage,
    found: DockerfilePackage | undefined,
    platform: string,
    unlocked: DockerfilePin[],
  ): ImageNode | undefined {
    if (!found) return packageNode(withRecords(source, this.settings), platform);
    const planned = this.plan(source, found, platform);
    unlocked.push(...planned.unlocked);
    return planned.node;
  }

  /** What stands for the references of a package's Dockerfile by the option `images`. */
  private mapOf({ folder, file }: DockerfilePackage): ReferenceMap {
    const at = posix.join(folder, file);
    return referenceMap(this.settings.images, (target) => this.packages.has(target, at));
  }

  private pulledBase(
    { lock }: PackageInputs,
    from: DockerfilePackage,
    reference: string,
    platform: string,
  ): ImageNode | undefined {
    const locked = lock.images[reference]?.[platform] ?? this.pins.images[reference]?.[platform];
    if (!locked) return undefined;
    const mapped = this.mapOf(from).target(reference, locked);
    const place = /^(docker-daemon|docker-archive|oci|oci-archive):/.test(mapped)
      ? mapped
      : referenceName(mapped);
    const { digest, imageID } = locked;
    return pulledNode({ kind: 'pulled', digest, from: place, ...(imageID && { imageID }) }, platform);
  }

  /** The package of the workspace that a reference names: by its folder, by the option `images`, or by its image name. */
  private packageNamed(
    from: DockerfilePackage,
    reference: string,
    where: Where,
  ): { readonly source: PackageImage; readonly file: DockerfilePackage | undefined } | undefined {
    const mapped = this.mapOf(from).target(reference);
    const path = [PACKAGE_ARGUMENT, PACKAGE_PREFIX].find((prefix) => mapped.startsWith(prefix));
    const source = path
      ? this.packages.find(
          `${PACKAGE_PREFIX}${mapped.slice(path.length)}`,
          where,
          posix.join(from.folder, from.file),
        )
      : this.byImageName(from, mapped);
    return source && { source, file: this.file(source) };
  }

  private byImageName({ folder, image }: DockerfilePackage, reference: string): PackageImage | undefined {
    if (nameOf(reference) === nameOf(image)) return undefined;
    return this.withName(reference, this.settings.packages?.folders ?? [posix.dirname(folder)]);
  }

  /**
   * The package in one of these folders whose image a reference names, whatever its tag. A digest names one image for
   * ever, so it never means what the workspace has now.
   */
  withName(reference: string, folders: readonly string[]): PackageImage | undefined {
    if (/^[a-z-]+:[./]/.test(reference) || reference.includes('@')) return undefined;
    const name = nameOf(reference);
    return folders.map((above) => this.packagesIn(above).get(name)).find((found) => found !== undefined);
  }

  /** The packages in the folders of a folder, by their image names. One that cannot be read says so where it is built. */
  private packagesIn(above: string): ReadonlyMap<string, PackageImage> {
    const known = this.named.get(above);
    if (known) return known;
    const found = new Map<string, PackageImage>();
    this.named.set(above, found);
    for (const { folder, file } of packageFilesIn(this.workspaceRoot, above)) {
      const source: PackageImage = { kind: 'package', folder, ...(file !== DEFAULT_FILE && { file }) };
      const read = this.readable(source);
      if (read && !found.has(nameOf(read.image))) found.set(nameOf(read.image), source);
    }
    return found;
  }

  private readable(source: PackageImage): DockerfilePackage | undefined {
    try {
      return this.file(source);
    } catch {
      return undefined;
    }
  }
}

/** The images that a package is made of, each once: those of its Dockerfile, and those that its context has as archives. */
function imagesOf({ plan, package: { savedImages } }: PackageInputs, platform: string): ImageUse[] {
  const saved =
    savedImages?.references.map((reference) => ({ reference, platform, where: savedImages.where })) ?? [];
  const uses = [...plan.images, ...saved];
  return [...new Map(uses.map((use) => [`${use.reference} ${use.platform}`, use])).values()];
}

/** The key of a package's image. Nx does not watch the files of a package that is `pinned`, so their bytes are in it. */
export function packageKey(
  workspaceRoot: string,
  { pinned }: Pick<PackageImage, 'pinned'>,
  inputs: PackageInputs,
  bases: readonly BaseNode[],
  { packages }: Pick<Settings, 'packages'>,
): string {
  const named = bases.map(({ reference, platform, image }) => [reference, platform, imageKey(image)]);
  const bytes = pinned ? [[contextHash(workspaceRoot, inputs)]] : [];
  return inputsKey(inputs, [...named, ...bytes], packages?.builder);
}

function packageFilesIn(workspaceRoot: string, above: string): { folder: string; file: string }[] {
  const root = resolve(workspaceRoot, above);
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .flatMap((name) =>
      readdirSync(join(root, name))
        .filter(isPackageFile)
        .sort(defaultFirst)
        .map((file) => ({ folder: posix.join(above, name), file })),
    );
}

/** A variant may have the image name of its package, whose build.yml then has the name. */
function defaultFirst(a: string, b: string): number {
  const rank = (name: string) => Number(name !== DEFAULT_FILE);
  return rank(a) - rank(b) || (a < b ? -1 : 1);
}

/** The registry and repository of a reference, without its tag. */
function nameOf(reference: string): string {
  try {
    const { registry, repository } = parseRegistryReference(reference);
    return `${registry}/${repository}`;
  } catch {
    return reference;
  }
}
