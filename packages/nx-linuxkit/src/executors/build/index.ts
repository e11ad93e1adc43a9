import { posix } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import type { BuildRequest } from '@nx-linuxkit/stages';
import {
  StageError,
  identify,
  nameFolders,
  parseOsFile,
  readPlan,
  trustedReferences,
  type OsIdentity,
  type OsInputs,
} from '@nx-linuxkit/stages/plan';
import { isFrozen, openWorkspace, pluginOptions } from '../open-workspace.js';
import { reported } from '../report.js';

export interface BuildOptions {
  /**
   * The OS file, relative to the workspace: for a target written by hand. Of several the last one gives the
   * name and the folder; they are merged in order, as LinuxKit merges.
   */
  readonly file?: string | readonly string[];
  readonly platform?: string;
  /** Formats to make in this one task; default: those that the YAML declares. */
  readonly formats?: readonly string[];
  /** Set by inference. */
  readonly os?: OsIdentity;
  /** Set by inference: the formats have tasks of their own, which ran before this one. */
  readonly graph?: boolean;
}

/** Checks that the graph made every format; without a graph, runs the whole pipeline as one task. */
export default async function buildExecutor(
  options: BuildOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    if (options.graph) return checkBuilt(options.os as OsIdentity, context);
    const os = options.os ?? identityOf(options, context);
    const { build } = await import('@nx-linuxkit/stages');
    await build(await openWorkspace(context), request(os, context, options.formats), console.log);
  });
}

function request(
  os: OsIdentity,
  { nxJsonConfiguration }: ExecutorContext,
  formats?: readonly string[],
): BuildRequest {
  const frozen = isFrozen(pluginOptions(nxJsonConfiguration));
  return { os, formats, frozen, lockCommand: `nx lock ${os.name}` };
}

/**
 * A `targetDefaults.build` in nx.json replaces the `dependsOn` of an inferred target: then Nx comes here
 * without having made anything, and success would be a lie.
 */
async function checkBuilt(identity: OsIdentity, context: ExecutorContext): Promise<void> {
  const { name, dist, file } = identity;
  const inputs = readPlan(context.root, file, pluginOptions(context.nxJsonConfiguration));
  const { os, outputs: formats } = inputs;
  const tasks = Object.keys(context.taskGraph?.tasks ?? {});
  const missing = formats.filter((format) => !tasks.some((id) => id === `${name}:${format}`));
  if (missing.length > 0) {
    throw new StageError('unsupported', `build of ${name} ran without its formats: ${missing.join(', ')}`, {
      hint: 'Run `nx g nx-linuxkit:init`: it keeps targetDefaults.build of nx.json from replacing dependsOn.',
    });
  }
  for (const format of formats) console.log(`${format}: ${posix.join(dist, format)}`);
  const trusted = trustedReferences(os);
  if (trusted.length > 0)
    console.log(`signatures were NOT verified, though \`trust\` names ${trusted.join(', ')}`);
  if (!hasDaemonImages(inputs)) return;
  // Loaded here: every build that finds all in the cache comes this way too.
  const { buildMoved } = await import('@nx-linuxkit/stages');
  await buildMoved(await openWorkspace(context), request(identity, context), console.log);
}

function hasDaemonImages({ lock }: OsInputs): boolean {
  const locked = Object.values(lock.images).flatMap((platforms) => Object.values(platforms));
  return locked.some(({ imageID }) => imageID !== undefined);
}

function identityOf({ file, platform }: BuildOptions, { projectName }: ExecutorContext): OsIdentity {
  const files = [file ?? []].flat();
  const last = files.at(-1);
  const parsed = last === undefined ? undefined : parseOsFile(last);
  if (!parsed) {
    throw new StageError(
      'missing-file',
      `expected \`file\` to name a linuxkit.yml or *.linuxkit.yml, got ${last ?? 'nothing'}`,
    );
  }
  const { names } = nameFolders([parsed.folder], () => projectName);
  const identity = identify(parsed, names.get(parsed.folder) as string, platform, platform);
  return files.length > 1 ? { ...identity, before: files.slice(0, -1) } : identity;
}
