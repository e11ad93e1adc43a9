import { parsePlatform } from '@nx-linuxkit/oci';
import type { Environment } from '@nx-linuxkit/stages/standalone';
import { CommandError } from '../../../error.js';
import type { FlagValues } from '../../../flags/values.js';
import { openCache, type Cache } from '../../../open-cache.js';
import type { Surroundings } from '../../../surroundings.js';
import { namedPackages, type NamedPackage } from '../given-packages.js';
import { checkPushable } from '../push/check-pushable.js';
import { missingImages } from './missing-images.js';
import type { PlannedBuild } from './planned-build.js';
import { PublishedImages } from './published-images.js';

/**
 * Builds packages, names their images in the cache, and does with them what the flags say. All are planned before the first
 * is built, and all are built before the first is pushed.
 */
export async function buildPackages(
  command: string,
  folders: readonly string[],
  values: FlagValues,
  { push }: { readonly push: boolean },
  around: Surroundings,
): Promise<void> {
  checkCommit(values);
  const access = { secrets: values.list('secret'), ssh: values.list('ssh') };
  const cache = await openCache(values, around, { packages: access });
  const { environment } = cache;
  const named = await namedPackages(command, folders, values, environment, around);
  const { checkBuildable } = await import('@nx-linuxkit/stages/standalone');
  for (const one of named) checkBuildable(environment, one.package);
  if (push) named.forEach(checkPushable);
  const builds = await planAll(named, values, cache, around);
  if (values.on('dry-run')) return builds.forEach((build) => tell(build, around));
  await makeAll(environment, builds, around);
  if (values.on('docker')) {
    const { loadIntoDocker } = await import('./load-into-docker.js');
    await loadIntoDocker(environment, builds, around);
  }
  if (!push) return;
  const { pushPackages } = await import('../push/push-packages.js');
  await pushPackages(environment, builds, values, around);
}

async function planAll(
  named: readonly NamedPackage[],
  values: FlagValues,
  cache: Cache,
  around: Surroundings,
): Promise<PlannedBuild[]> {
  const { log } = around;
  const pull = values.on('pull') && !values.on('dry-run');
  const registry = new PublishedImages(cache.environment, { pull, log });
  const builds: PlannedBuild[] = [];
  try {
    for (const one of named) {
      const platforms = platformsOf(one, values);
      if (platforms.length === 0) log(`${one.name.reference} has no platform to build for`);
      const images = values.on('nobuild')
        ? []
        : await missingImages(one, platforms, values, cache, registry, around);
      builds.push({ named: one, platforms, images });
    }
  } finally {
    await registry.close();
  }
  return builds;
}

async function makeAll(
  environment: Environment,
  builds: readonly PlannedBuild[],
  { log }: Surroundings,
): Promise<void> {
  const { makePackages, nameImages } = await import('@nx-linuxkit/stages/standalone');
  await makePackages(
    environment,
    builds.flatMap(({ images }) => images),
    log,
  );
  for (const { named, images } of builds) {
    if (images.length === 0) continue;
    const { reference } = named.name;
    log(`${reference}: ${await nameImages(environment, reference, images, log)}`);
  }
}

function tell({ named, images }: PlannedBuild, { stdout }: Surroundings): void {
  const { reference } = named.name;
  for (const { platform } of images) stdout.write(`build ${reference} for ${platform}\n`);
}

function checkCommit(values: FlagValues): void {
  const commit = values.text('hash-commit');
  if (commit === undefined || commit === 'HEAD') return;
  throw new CommandError('bad-flag', `--hash-commit: only HEAD can be built, got ${commit}`, {
    hint: `Check out ${commit}, or give its hash by --hash.`,
  });
}

function platformsOf({ package: { described } }: NamedPackage, values: FlagValues): string[] {
  const skipped = values.list('skip-platforms').map(checked('skip-platforms'));
  if (values.has('platforms')) return [...new Set(values.list('platforms').map(checked('platforms')))];
  return described.arches.map((arch) => `linux/${arch}`).filter((platform) => !skipped.includes(platform));
}

function checked(flag: string): (text: string) => string {
  return (text) => {
    const platform = text.trim();
    if (/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9.]+)?$/.test(platform) && parsePlatform(platform)) return platform;
    throw new CommandError('bad-flag', `--${flag}: expected OS/ARCH, got ${JSON.stringify(text)}`, {
      hint: 'Write it as linux/amd64, linux/arm64 or linux/riscv64.',
    });
  };
}
