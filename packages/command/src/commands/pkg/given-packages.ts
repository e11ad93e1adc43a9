import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import type {
  Environment,
  GivenPackage,
  PackageOverrides,
  PackageTag,
  TagOptions,
} from '@nx-linuxkit/stages/standalone';
import { CommandError } from '../../error.js';
import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';

/** A package that a call names. */
export interface NamedPackage {
  /** As it was typed. */
  readonly given: string;
  readonly package: GivenPackage;
  readonly name: PackageTag;
}

/** Reads the packages in folders, with what the flags say in place of their build.yml. Throws the Fault of the first that is not valid. */
export async function namedPackages(
  command: string,
  folders: readonly string[],
  values: FlagValues,
  environment: Environment,
  around: Surroundings,
): Promise<NamedPackage[]> {
  if (folders.length === 0) {
    throw new CommandError('bad-argument', `${command} needs the folder of a package`, {
      hint: `Write nx-linuxkit ${command} DIR; the folder has a build.yml.`,
    });
  }
  const { readGivenPackage, tagOf } = await import('@nx-linuxkit/stages/standalone');
  const overrides = await overridesOf(values, around);
  const named: NamedPackage[] = [];
  for (const given of folders) {
    const folder = resolve(around.folder, given);
    const file = values.text('build-yml');
    const found = readGivenPackage(environment, { folder, file, overrides });
    const options = tagOptions(values, folder, around);
    named.push({ given, package: found, name: await tagOf(folder, found.described, given, options) });
  }
  return named;
}

/** Undefined where no flag says anything, so that the images are those of the graph. */
async function overridesOf(values: FlagValues, around: Surroundings): Promise<PackageOverrides | undefined> {
  const org = organisationOf(values, around);
  const network = networkOf(values);
  const dockerfile = values.text('dockerfile') || undefined;
  const args = await argumentsOf(values.list('build-arg-file'), around);
  const overrides = {
    ...(org !== undefined && { org }),
    ...(network !== undefined && { network }),
    ...(dockerfile !== undefined && { dockerfile }),
    ...(Object.keys(args).length > 0 && { args }),
  };
  return Object.keys(overrides).length > 0 ? overrides : undefined;
}

function organisationOf(values: FlagValues, { env }: Surroundings): string | undefined {
  const given = values.text('org') ?? (env.LINUXKIT_PKG_ORG || undefined);
  if (given !== undefined || !values.on('dev')) return given;
  if (env.USER) return env.USER;
  throw new CommandError('bad-flag', '--dev takes the organisation from USER, which is not set', {
    hint: 'Name one by --org.',
  });
}

function networkOf(values: FlagValues): boolean | undefined {
  if (values.has('network')) return values.on('network');
  return values.has('nonetwork') ? !values.on('nonetwork') : undefined;
}

async function argumentsOf(
  files: readonly string[],
  { folder }: Surroundings,
): Promise<Record<string, string>> {
  const { buildArguments } = await import('@nx-linuxkit/stages/standalone');
  return Object.assign({}, ...files.map((file) => read(resolve(folder, file), file))) as Record<
    string,
    string
  >;

  function read(path: string, file: string): Record<string, string> {
    const lines = textOf(path, file)
      .split(/\r?\n/)
      .map((line) => line.trim());
    return buildArguments(
      lines.filter((line) => line !== ''),
      dirname(path),
      file,
      { isAbsolute: true },
    );
  }
}

function textOf(path: string, file: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CommandError('bad-flag', `--build-arg-file: ${file} cannot be read`, { cause });
  }
}

function tagOptions(values: FlagValues, folder: string, around: Surroundings): TagOptions {
  const hash = values.text('hash') || (values.on('dev') ? 'dev' : undefined);
  const above = values.text('hash-path');
  const hashPath = above === undefined ? undefined : resolve(around.folder, above);
  if (hashPath !== undefined && relative(hashPath, folder).startsWith('..')) {
    throw new CommandError('bad-flag', `--hash-path: expected a folder above ${folder}, got ${above}`);
  }
  return {
    ...(hash !== undefined && { hash }),
    ...(hashPath !== undefined && { hashPath }),
    commit: values.text('hash-commit'),
    dirty: values.on('force-dirty'),
    template: values.text('tag') || undefined,
  };
}
