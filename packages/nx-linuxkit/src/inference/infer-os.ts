import type { ProjectConfiguration } from '@nx/devkit';
import { formatNames } from '@nx-linuxkit/formats';
import {
  formatTargetName,
  loaderImages,
  readPlan,
  readVariants,
  targetName,
  type OsFile,
  type OsIdentity,
  type OsInputs,
  type OsPlan,
  type PackageFinder,
} from '@nx-linuxkit/stages/plan';
import { checkOptions } from '../check-options.js';
import type { PluginOptions } from '../options.js';
import { invalidProject, wholeProject } from './degraded-nodes.js';
import { initramfsProject } from './initramfs-node.js';
import { nodesOf } from './node-roots.js';
import { ociConfigProject } from './oci-config-node.js';
import { osProject } from './os-node.js';
import { OsReads } from './os-reads.js';
import { ownTargets } from './own-targets.js';
import type { Pass } from './pass.js';
import { sbomProjects } from './sbom-node.js';
import { signProject } from './sign-node.js';
import { sourceInputs } from './source-inputs.js';
import { verifyProject } from './verify-node.js';
import { unwatchedDocument, unwatchedFile, unwatchedPackages } from './watch/documents.js';
import { checkPlan } from './watch/usable-plan.js';
import type { Watch } from './watch/watch.js';

/** Infers the projects of one file: those of the file by itself, and of each of its variants. */
export function inferFile(file: OsFile, options: PluginOptions, pass: Pass): ProjectConfiguration[] {
  try {
    const variants = readVariants(pass.workspaceRoot, { file: file.file }, pass.load);
    return variants.flatMap((variant) => inferOs(file, variant, options, pass));
  } catch (error) {
    if (options.strict) throw error;
    return [invalidProject(pass.identities.of(file), error, pass.naming)];
  }
}

/**
 * Infers the projects of a file or of one of its variants: a system for each platform, or one whose targets say why it
 * cannot be built.
 */
function inferOs(
  file: OsFile,
  variant: string | undefined,
  options: PluginOptions,
  pass: Pass,
): ProjectConfiguration[] {
  const { workspaceRoot, load, packages, documents, identities, naming, namingError } = pass;
  try {
    checkOptions(options);
    if (namingError !== undefined) throw namingError;
    const inputs = readPlan(workspaceRoot, { file: file.file, variant }, options, packages, load);
    for (const document of inputs.os.documents) documents.add(document);
    const [firstPlatform] = inputs.os.platforms;
    return inputs.os.platforms.flatMap((platform) => {
      const identity = identities.of(file, { variant, platform, firstPlatform });
      return [
        ...inferSystem(inputs, file, identity, options, pass),
        ...signers(inputs, file, identity, options, pass),
      ];
    });
  } catch (error) {
    if (options.strict) throw error;
    return [invalidProject(identities.of(file, { variant }), error, naming)];
  }
}

/** Infers a node for each stage of a system, or one node for all stages where Nx cannot see what they read. */
function inferSystem(
  inputs: OsInputs,
  file: OsFile,
  identity: OsIdentity,
  options: PluginOptions,
  {
    nxJsonConfiguration: nxJson,
    watch,
    packages,
    producers,
    packageWatch,
    plans,
    generated,
    nodeRoots,
  }: Pass,
): ProjectConfiguration[] {
  const sources = sourceInputs(inputs.os, file, watch, producers);
  const whole = (reason?: string) => [wholeProject(identity, inputs.outputs, sources, options, reason)];
  const unwatched = unwatchedDocument(inputs, file.file, watch, generated.has(file.file));
  const isLocked = inputs.unlocked(identity.platform).length === 0;
  if (unwatched !== undefined || !isLocked) return whole(unwatched);
  const plan = inputs.plan(identity);
  checkPlan(plan);
  const unseen = unwatchedInput(plan, watch, packages);
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
    ...sbomProjects(plan, packageWatch, nxJson),
  ];
}

/** Says why Nx cannot watch the packages or the key files of a system. */
function unwatchedInput(plan: OsPlan, watch: Watch, packages: PackageFinder): string | undefined {
  return (
    unwatchedPackages([...plan.images, ...loaderImages(plan)], watch, packages) ??
    unwatchedFile([...(plan.signatures?.files ?? []), ...(plan.secureBoot?.files ?? [])], watch)
  );
}

/** The node that signs the formats of a system, if the options ask for one. */
function signers(
  { outputs }: Pick<OsInputs, 'outputs'>,
  { folder }: OsFile,
  identity: OsIdentity,
  { sign }: PluginOptions,
  { workspaceRoot, nxJsonConfiguration: nxJson, naming }: Pass,
): ProjectConfiguration[] {
  if (!sign) return [];
  // Where `build` is the project's own, each format is a dependency.
  const build = targetName('build', naming);
  const isOwn = ownTargets(folder, workspaceRoot).has(build);
  const made = isOwn ? outputs.map((format) => formatTargetName(format, naming)) : [build];
  return [signProject(identity, sign, made, nxJson, naming)];
}
