import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { fileNames, findFormat, type Format } from '@nx-linuxkit/formats';
import { isDigest } from '@nx-linuxkit/oci';
import {
  debianPurl,
  imagePurl,
  provenanceStatement,
  type ProvenanceFacts,
  type ResourceDescriptor,
  type SbomImage,
} from '@nx-linuxkit/sbom';
import { outputPathIn, type Environment, type Log } from '../environment.js';
import { StageError } from '../error.js';
import type { SystemInventory } from '../inventory/system-inventory.js';
import { Pipeline } from '../pipeline.js';
import type { OsSource } from '../plan/identify.js';
import type { OsPlan } from '../plan/os-plan.js';
import { fileNameOf, lockFileOf } from '../plan/project-name.js';
import { HashedBytes } from '../seal.js';

/** The party that runs builds, where nothing else is said: a person with this plugin. */
const BUILDER = 'https://github.com/nx-linuxkit/nx-linuxkit';

/** What provenance is made of. */
export interface ProvenanceRequest {
  readonly system: SystemInventory;
  /** The system as it is built: its formats decide the subjects. */
  readonly plan: OsPlan;
  /** What was chosen to get that plan. */
  readonly os: OsSource;
  /** A URI for the party that ran the build. */
  readonly builderId?: string;
}

/**
 * States where the files of a system's formats come from, and makes formats that are not there. Throws StageError `bad-option` for a
 * builder that is no URI, and the Fault of whatever failed.
 */
export async function provenanceOf(
  environment: Environment,
  { system, plan, os, builderId = BUILDER }: ProvenanceRequest,
  log: Log,
): Promise<object> {
  if (!URL.canParse(builderId)) throw noUri(builderId);
  return provenanceStatement({
    subjects: await subjectsOf(environment, plan, log),
    parameters: parametersOf(plan, os),
    dependencies: dependenciesOf(system, plan, environment.workspaceRoot),
    builder: { id: builderId, version: { 'nx-linuxkit': versionHere() } },
  });
}

/** The files of all formats with their hashes. */
async function subjectsOf(
  environment: Environment,
  plan: OsPlan,
  log: Log,
): Promise<ProvenanceFacts['subjects']> {
  const pipeline = new Pipeline(environment);
  try {
    for (const format of plan.outputs) await pipeline.makeFormat(plan, format, log);
  } finally {
    await pipeline.close();
  }
  const base = fileNameOf(plan.name);
  const files = plan.outputs.flatMap((name) =>
    fileNames(findFormat(name) as Format, base).map((file) => posix.join(name, file)),
  );
  const subjects: ProvenanceFacts['subjects'][] = [];
  // One after the other, because a disk reads one large file fastest.
  for (const name of files) subjects.push(await subjectOf(name, outputPathIn(environment, plan.dist, name)));
  return subjects.flat();
}

/** A format may leave a file out, such as an initrd that its kernel does not need. */
async function subjectOf(name: string, path: string): Promise<ProvenanceFacts['subjects']> {
  const hashed = new HashedBytes(createReadStream(path));
  try {
    for await (const chunk of hashed) void chunk;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return [{ name, digest: { sha256: hashed.sealed().sha256 } }];
}

/** What a person chooses. Values of variables are left out, because they may be secrets: the YAML names the variables. */
function parametersOf(
  { file, platform, outputs, name }: OsPlan,
  { variant, set = {} }: OsSource,
): Readonly<Record<string, unknown>> {
  return {
    system: name,
    file,
    platform,
    formats: outputs,
    ...(variant !== undefined && { variant }),
    ...(Object.keys(set).length > 0 && { variables: Object.keys(set).sort() }),
  };
}

/** The YAML with the files that it is made of, its lock, and what this pins: images, and the packages that images are made of. */
function dependenciesOf(
  { facts }: SystemInventory,
  { file, os }: OsPlan,
  workspaceRoot: string,
): ResourceDescriptor[] {
  const files = [...new Set([file, ...os.documents, lockFileOf(file)])].sort();
  const images = facts.images.flatMap((image) => [ofImage(image), ...ofPackages(image)]);
  const all = [...files.flatMap((path) => ofFile(path, workspaceRoot)), ...images];
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

/** A file that is not there decides nothing: a system of packages needs no lock. */
function ofFile(path: string, workspaceRoot: string): ResourceDescriptor[] {
  try {
    const bytes = readFileSync(resolve(workspaceRoot, path));
    return [{ name: path, digest: { sha256: createHash('sha256').update(bytes).digest('hex') } }];
  } catch {
    return [];
  }
}

function ofImage(image: SbomImage): ResourceDescriptor {
  const [algorithm, hex] = isDigest(image.digest) ? image.digest.split(':') : ['sha256', image.digest];
  return { name: image.name, uri: imagePurl(image), digest: { [algorithm]: hex } };
}

function ofPackages({ debian }: SbomImage): ResourceDescriptor[] {
  return (debian?.packages ?? []).map((record) => ({
    name: record.name,
    uri: debianPurl(record, debian!.suite),
    digest: { sha256: record.sha256 },
  }));
}

function versionHere(): string {
  const manifest = readFileSync(require.resolve('@nx-linuxkit/stages/package.json'), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function noUri(id: string): StageError {
  return new StageError('bad-option', `the option builderId is ${JSON.stringify(id)}, expected a URI`, {
    hint: 'Write the URI of what runs your builds, such as https://ci.example.org/runners/linux.',
  });
}
