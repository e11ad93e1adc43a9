import { posix } from 'node:path';
import type { CreateNodes, CreateNodesContextV2, CreateNodesResult, ProjectConfiguration } from '@nx/devkit';
import { formatNames } from '@nx-linuxkit/formats';
import {
  DEFAULT_FILE,
  PackageFinder,
  checkTargetNames,
  formatTargetName,
  loaderImages,
  packagePlatforms,
  readPlan,
  readVariants,
  targetName,
  type ImageNode,
  type OsFile,
  type OsInputs,
  type OsPlan,
  type PackageImage,
  type TargetNaming,
} from '@nx-linuxkit/stages/plan';
import { checkOptions } from '../check-options.js';
import type { PluginOptions } from '../options.js';
import { invalidProject, wholeProject } from './degraded-nodes.js';
import { includedFiles } from './included-files.js';
import { imageProject, withBases } from './image-nodes.js';
import { Identities } from './identities.js';
import { initramfsProject } from './initramfs-node.js';
import { ociConfigProject } from './oci-config-node.js';
import { NodeRoots, nodesOf } from './node-roots.js';
import { osProject } from './os-node.js';
import { ownTargets, withoutOwnTargets } from './own-targets.js';
import { segmentProject } from './segment-nodes.js';
import { OsReads } from './os-reads.js';
import { overlookedYamls } from './overlooked.js';
import { invalidPackageProject, packageProject, wholePackageProject } from './package-nodes.js';
import { signProject } from './sign-node.js';
import { sourceInputs } from './source-inputs.js';
import { verifyProject } from './verify-node.js';
import { linkedOutputs, unwatchedDocument, unwatchedFile, unwatchedPackages } from './watch/documents.js';
import { PackageWatch, unwatchedPackage } from './watch/package-watch.js';
import { checkPlan } from './watch/usable-plan.js';
import { Watch } from './watch/watch.js';
import { Warnings, withWarnings } from './warnings.js';
import { nameOsFolders, osFilesOf, packageFiles } from './workspace-files.js';

/** OS files, and the locks, evidence and packages beside them: Nx infers again when one changes. */
const GLOB = `**/{${[
  '{linuxkit,*.linuxkit,build,build-*}.{yml,yaml,lock.json,signatures.json}',
  '{Dockerfile,Dockerfile.*,*.Dockerfile,.dockerignore,*.dockerignore}',
].join(',')}}`;

/** What is known during one pass over a workspace. */
interface Pass extends CreateNodesContextV2 {
  readonly packages: PackageFinder;
  readonly watch: Watch;
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
 * Infers the nodes of every OS file of a workspace. Reads files only: no network, no child process, no clock. A file
 * that cannot be read, and a wrong option, give targets that fail with the reason, unless the option `strict` is set, with
 * which this throws.
 */
export const createNodes: CreateNodes<PluginOptions> = [
  GLOB,
  (files, options, context) => inferNodes(files, options ?? {}, context),
];

async function inferNodes(
  files: readonly string[],
  options: PluginOptions,
  context: CreateNodesContextV2,
): Promise<[string, CreateNodesResult][]> {
  const warnings = new Warnings();
  for (const text of linkedOutputs(context.workspaceRoot)) warnings.add(text);
  const watch = new Watch(context.workspaceRoot);
  const included = await includedFiles(options, context.workspaceRoot);
  const osFiles = osFilesOf([...new Set([...files, ...included.files])], included, warnings);
  const names = nameOsFolders(osFiles, context.workspaceRoot, warnings);
  const packages = new PackageFinder(context.workspaceRoot, options);
  const pass: Pass = {
    ...context,
    packages,
    watch,
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
  const results = osFiles.map((file): [string, CreateNodesResult] => {
    const projects = inferFile(file, options, pass).map((project) => withoutOwn(project, file, pass));
    return [file.file, { projects: byRoot(projects) }];
  });
  const roots = new Set(results.flatMap(([, { projects = {} }]) => Object.keys(projects)));
  for (const file of packageFiles(files)) {
    const project = inferPackage(file, options, pass);
    if (project && !roots.has(project.root)) results.push([file, { projects: byRoot([project]) }]);
  }
  const shared = sharedProjects(pass, options);
  if (shared.length > 0) results.push([results[0][0], { projects: byRoot(shared) }]);
  for (const line of overlookedYamls(context.workspaceRoot, osFiles, pass.documents, included.refuses, watch))
    warnings.add(line);
  await warnings.print();
  const told = results.map((result) => withWarnings(result, warnings, targetName('build', pass.naming)));
  return options.trustedCache === false ? told.map(withoutCache) : told;
}

/**
 * Takes all tasks out of Nx's cache, also those whose outputs a stage would check: an output that must be made again to be
 * believed is not worth restoring.
 */
function withoutCache([file, { projects = {} }]: [string, CreateNodesResult]): [string, CreateNodesResult] {
  const uncached = Object.entries(projects).map(([root, { targets = {}, ...project }]) => {
    const own = Object.entries(targets).map(([name, target]) => [name, { ...target, cache: false }]);
    return [root, { ...project, targets: Object.fromEntries(own) }];
  });
  return [file, { projects: Object.fromEntries(uncached) }];
}

function readNaming(options: PluginOptions): Pick<Pass, 'naming' | 'namingError'> {
  try {
    checkTargetNames(options);
    return { naming: options };
  } catch (namingError) {
    return { naming: {}, namingError };
  }
}

/** Only the project of a folder itself shares its root with files of a user. */
function withoutOwn(
  project: ProjectConfiguration,
  { folder }: Pick<OsFile, 'folder'>,
  { workspaceRoot, naming, warnings }: Pass,
): ProjectConfiguration {
  if (project.root !== folder) return project;
  const own = ownTargets(folder, workspaceRoot);
  return withoutOwnTargets(project, own, targetName('build', naming), (text) => warnings.add(text, folder));
}

/** Images and their segments. Each is one node however many systems use it; Nx gets all with the first OS file. */
function sharedProjects(
  { plans, images: ofPackages, packageWatch, nxJsonConfiguration: nxJson }: Pass,
  options: PluginOptions,
): ProjectConfiguration[] {
  const ofSystems = plans.flatMap((plan) => [...plan.images, ...loaderImages(plan)]);
  const images = [...ofSystems, ...ofPackages].flatMap(withBases);
  const segments = plans.flatMap((plan) => plan.segments);
  return [
    ...byId(images).map((image) => imageProject(image, packageWatch, nxJson, options)),
    ...byId(segments).map((segment) => segmentProject(segment, packageWatch, nxJson, options)),
  ];
}

function byId<T extends { readonly id: string }>(nodes: readonly T[]): T[] {
  return [...new Map(nodes.map((node) => [node.id, node])).values()];
}

/** The targets that make the formats of a system: `build`, or each format where `build` is the project's own. */
function buildTargets(
  { outputs }: Pick<OsInputs, 'outputs'>,
  own: ReadonlyMap<string, string>,
  naming: TargetNaming,
): string[] {
  const build = targetName('build', naming);
  return own.has(build) ? outputs.map((format) => formatTargetName(format, naming)) : [build];
}

/** The projects of one file: those of the file by itself, and of each of its variants. */
function inferFile(file: OsFile, options: PluginOptions, pass: Pass): ProjectConfiguration[] {
  try {
    const variants = readVariants(pass.workspaceRoot, { file: file.file });
    return variants.flatMap((variant) => inferOs(file, variant, options, pass));
  } catch (error) {
    if (options.strict) throw error;
    return [invalidProject(pass.identities.of(file), error, pass.naming)];
  }
}

/**
 * The projects of a file or of one of its variants: a system for each platform, or one whose targets say why it cannot
 * be built.
 */
function inferOs(
  file: OsFile,
  variant: string | undefined,
  options: PluginOptions,
  pass: Pass,
): ProjectConfiguration[] {
  const {
    workspaceRoot,
    nxJsonConfiguration: nxJson,
    packages,
    watch,
    packageWatch,
    plans,
    identities,
    nodeRoots,
    naming,
    namingError,
  } = pass;
  try {
    checkOptions(options);
    if (namingError !== undefined) throw namingError;
    const inputs = readPlan(workspaceRoot, { file: file.file, variant }, options, packages);
    for (const document of inputs.os.documents) pass.documents.add(document);
    const [firstPlatform] = inputs.os.platforms;
    return inputs.os.platforms.flatMap((platform) => {
      const identity = identities.of(file, { variant, platform, firstPlatform });
      const sources = sourceInputs(inputs.os, file, watch);
      const signer = options.sign
        ? [
            signProject(
              identity,
              options.sign,
              buildTargets(inputs, ownTargets(file.folder, workspaceRoot), naming),
              nxJson,
              naming,
            ),
          ]
        : [];
      const whole = (reason?: string) => [
        wholeProject(identity, inputs.outputs, sources, options, reason),
        ...signer,
      ];
      const unwatched = unwatchedDocument(inputs, file.file, watch, pass.generated.has(file.file));
      if (unwatched !== undefined || inputs.unlocked(platform).length > 0) return whole(unwatched);
      const plan = inputs.plan(identity);
      checkPlan(plan);
      const unseen =
        unwatchedPackages([...plan.images, ...loaderImages(plan)], watch) ??
        unwatchedFile(plan.signatures?.files ?? [], watch);
      if (unseen !== undefined) return whole(unseen);
      const read = new OsReads(plan, sources, packageWatch);
      // Both throw for names that Nx cannot hold, before the plan is among those that are used.
      read.unwatched(formatNames);
      nodeRoots.add(nodesOf(plan), plan.file);
      plans.push(plan);
      return [
        osProject(plan, read),
        initramfsProject(plan, sources, packageWatch, nxJson),
        ociConfigProject(plan, packageWatch, nxJson),
        verifyProject(plan, nxJson),
        ...signer,
      ];
    });
  } catch (error) {
    if (options.strict) throw error;
    return [invalidProject(identities.of(file, { variant }), error, naming)];
  }
}

/** The project of a package that has a Dockerfile; undefined for a file that describes no such package. */
function inferPackage(file: string, options: PluginOptions, pass: Pass): ProjectConfiguration | undefined {
  const { packages, watch, packageWatch, images, nodeRoots, naming } = pass;
  const source: PackageImage = {
    kind: 'package',
    folder: posix.dirname(file),
    ...(posix.basename(file) !== DEFAULT_FILE && { file: posix.basename(file) }),
  };
  try {
    const found = packages.describe(source);
    if (!found) return undefined;
    const platforms = packagePlatforms(found, options);
    const unwatched = unwatchedPackage(source, watch);
    const locked = platforms.every((platform) => packages.unlocked(source, platform).length === 0);
    if (!locked || unwatched !== undefined) {
      return withoutOwn(wholePackageProject(source, found, platforms, naming, unwatched), source, pass);
    }
    const nodes = platforms.map((platform) => packages.node(source, platform));
    nodeRoots.add(nodes.flatMap(withBases), file);
    images.push(...nodes);
    return withoutOwn(packageProject(source, found, nodes, packageWatch, naming), source, pass);
  } catch (error) {
    if (options.strict) throw error;
    return withoutOwn(invalidPackageProject(source, error, naming), source, pass);
  }
}

function byRoot(projects: readonly ProjectConfiguration[]): Record<string, ProjectConfiguration> {
  return Object.fromEntries(projects.map((project) => [project.root, project]));
}
