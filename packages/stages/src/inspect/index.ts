import type { InspectedSystem } from '@nx-linuxkit/inspect';
import type { Environment, Log } from '../environment.js';
import { installedRecords } from '../installed/records.js';
import { Pipeline } from '../pipeline.js';
import type { OsIdentity } from '../plan/identify.js';
import { readPlan } from '../plan/read-plan.js';
import { measure } from '../size/measure.js';
import { filesOf } from '../size/root-files.js';
import { contentTree } from './content.js';
import { formatsOf } from './formats.js';
import { lastBuild } from './last-build.js';
import { installedPackages } from './packages.js';
import { bootSteps } from './steps.js';

export type { InspectedSystem } from '@nx-linuxkit/inspect';

/**
 * Gathers what the page of a system shows. Makes the initramfs where it is not made yet, and no format; every reference must be
 * locked. Throws the Fault of a stage that failed.
 */
export async function inspectSystem(
  environment: Environment,
  os: OsIdentity,
  log: Log,
): Promise<InspectedSystem> {
  const pipeline = new Pipeline(environment);
  try {
    const plan = readPlan(environment.workspaceRoot, os, environment.settings).plan(os);
    const { initramfs, root, bundles, images } = await pipeline.parts(plan, log);
    const { packed, unpacked, images: sizes } = await measure(plan, initramfs, root);
    const files = filesOf(root, plan);
    const packages = await installedPackages(root, installedRecords(root), files);
    return {
      ...{ name: plan.name, platform: plan.platform, file: plan.file, packed, unpacked },
      images: sizes.map(({ image: name, ...size }) => ({ name, ...size })),
      content: contentTree(plan, images, files, packages.owners),
      steps: bootSteps(plan, images, bundles),
      build: await lastBuild(environment, plan),
      formats: await formatsOf(environment, plan),
      packages: packages.installed,
    };
  } finally {
    await pipeline.close();
  }
}
