import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
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
import { lockFileOf } from '../plan/project-name.js';
import { readSeal } from '../seal.js';

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

/** The files of all formats, by the hashes that their seals have. */
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
  const ofFormat = async (format: string) => {
    const seal = await readSeal(outputPathIn(environment, plan.dist, format));
    return Object.entries(seal?.files ?? {}).map(([file, { sha256 }]) => ({
      name: `${format}/${file}`,
      digest: { sha256 },
    }));
  };
  return (await Promise.all(plan.outputs.map(ofFormat))).flat();
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
