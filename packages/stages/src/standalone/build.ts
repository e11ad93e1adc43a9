import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { findFormat } from '@nx-linuxkit/formats';
import { formatMetadata, type OsSpec } from '@nx-linuxkit/spec';
import type { Environment, Log } from '../environment.js';
import { Pipeline } from '../pipeline.js';
import { PackageFinder } from '../plan/find-package.js';
import type { OsPlan } from '../plan/os-plan.js';
import { planOs } from '../plan/plan-os.js';
import { privilegeReport } from '../plan/privileges.js';
import { readPlan, type OsInputs } from '../plan/read-plan.js';
import { Sources } from '../sources.js';
import { forSystem } from './environment.js';
import { pinReferences, type PinRequest } from './pin-references.js';

/** The files of a system. */
export interface StandaloneFiles {
  /** YAML files, merged in order, relative to the environment's folder or absolute. `-` is the text `input`. */
  readonly files: readonly string[];
  readonly input?: string;
  /** A key of `variants` in the last file. */
  readonly variant?: string;
  /** Values of variables. */
  readonly set?: Readonly<Record<string, string>>;
  /** A file from which npm packages are looked for, beside those of the folder: loaders of formats are packages. */
  readonly packagesFrom: string;
}

/** What to build of which files. */
export interface StandaloneBuild extends StandaloneFiles, Omit<PinRequest, 'settings'> {
  /** What names of files begin with. */
  readonly name: string;
  /** Absolute path of the folder for the files of all formats. */
  readonly folder: string;
  /** Names of formats. Default: those that the YAML declares, else `kernel+initrd`. */
  readonly formats?: readonly string[];
  /** The time of the bill of materials, in RFC 3339. Default: the latest that its images name. */
  readonly sbomTime?: string;
  /** Least size of disks, in place of what the YAML says, such as `2G`. */
  readonly size?: string;
}

/** The name of standard input among files. */
const STANDARD_INPUT = '-';

/**
 * Builds YAML files without a workspace: stages, store and bytes are those of the graph. A lock beside the last YAML is
 * obeyed, and none is written: the store remembers which image a name stands for. Outputs of stages lie in the store.
 * Gives the names of the formats. Throws the Fault of whatever failed.
 */
export async function buildStandalone(
  environment: Environment,
  request: StandaloneBuild,
  log: Log,
): Promise<readonly string[]> {
  const system = systemOf(environment, request);
  const inputs = readFiles(environment, request);
  const formats = request.formats ?? inputs.outputs;
  const plan = await planFiles(system, inputs, { ...request, formats }, log);
  const pipeline = new Pipeline(system);
  try {
    for (const format of formats) await pipeline.makeFormat(plan, format, log);
    for (const line of await pipeline.news(plan.name, `nx-linuxkit size ${request.files.join(' ')}`))
      log(line);
    const privileged = await pipeline.privileged(plan, log);
    for (const line of privilegeReport(privileged, plan.name, system.settings)) log(line);
  } finally {
    await pipeline.close();
  }
  return formats;
}

/** The environment of a build of these files: outputs of one system are kept apart from those of others. */
export function systemOf(environment: Environment, request: StandaloneBuild): Environment {
  const { files, name, platform, variant, set } = request;
  return forSystem(environment, [files, name, platform, variant, set]);
}

/** The merged configuration, as an entry of `files` with `metadata: yaml` has it. No image is looked up. */
export function mergedYaml(environment: Environment, request: StandaloneFiles): string {
  return formatMetadata(readFiles(environment, request).os, 'yaml');
}

/** What the files of a system say. */
export interface FileInputs extends OsInputs {
  readonly packages: PackageFinder;
  load(path: string): string;
}

/** Reads and merges the files. */
export function readFiles(
  { workspaceRoot, settings }: Environment,
  { files, input = '', packagesFrom, variant, set }: StandaloneFiles,
): FileInputs {
  const load = (path: string) =>
    path === STANDARD_INPUT ? input : readFileSync(resolve(workspaceRoot, path), 'utf8');
  const packages = new PackageFinder(workspaceRoot, settings, { from: packagesFrom });
  const [file, before] = [files[files.length - 1], files.slice(0, -1)];
  const os = { file, before, variant, set };
  return { ...readPlan(workspaceRoot, os, settings, packages, load), packages, load };
}

/** Pins all references, and plans the system for these formats. Throws the Fault of whatever is wrong. */
export async function planFiles(
  environment: Environment,
  { os, lock, map, packages, load }: FileInputs,
  request: StandaloneBuild & { readonly formats: readonly string[] },
  log: Log,
): Promise<OsPlan> {
  const { settings, store } = environment;
  const { files, name, platform, folder, formats, size } = request;
  const sources = new Sources(environment);
  const from = { store, sources };
  const pinned = await pinReferences({ os, lock, map }, from, { ...request, settings }, log).finally(() =>
    sources.close(),
  );
  const file = files[files.length - 1];
  const identity = { name, file, root: '.', dist: folder, flat: true, platform, sourceBase: '.' };
  return planOs(identity, {
    os: withOptions(os, formats, size),
    lock: pinned,
    settings,
    map,
    packageNode: (reference, where, on) => packages.node(packages.find(reference, where, file), on),
    readText: (path) => load(path),
    ...(request.sbomTime !== undefined && { sbomTime: request.sbomTime }),
  });
}

/** The system with the formats that are asked for as its outputs, with the options that the YAML gives them. */
function withOptions(os: OsSpec, formats: readonly string[], size: string | undefined): OsSpec {
  const outputs = formats.map((format) => ({
    ...os.outputs.find((output) => output.format === format),
    format,
    ...(size !== undefined && findFormat(format)?.options?.includes('size') ? { size } : {}),
  }));
  return { ...os, outputs };
}
