import type { InspectedSystem } from '@nx-linuxkit/inspect';
import type { Environment, Log } from '../environment.js';
import { foundByImage } from '../inventory/system-facts.js';
import { Pipeline } from '../pipeline.js';
import type { OsIdentity } from '../plan/identify.js';
import { readPlan } from '../plan/read-plan.js';
import { measure } from '../size/measure.js';
import { contentTree } from './content.js';
import { formatsOf } from './formats.js';
import { lastBuild } from './last-build.js';
import { foundLicenses, inspectedPackages } from './packages.js';
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
    const parts = await pipeline.parts(plan, log);
    const { size, files, owners } = await measure({ plan, ...parts });
    const { packed, unpacked, images: sizes } = size;
    const { images, bundles } = parts;
    const nodes = plan.segments.map(({ image }) => image);
    const found = await foundByImage(pipeline, nodes, log);
    return {
      ...{ name: plan.name, platform: plan.platform, file: plan.file, packed, unpacked },
      images: sizes.map(({ image: name, ...size }) => ({ name, ...size })),
      content: contentTree(plan, images, files, owners),
      steps: bootSteps(plan, images, bundles),
      build: await lastBuild(environment, plan),
      formats: await formatsOf(environment, plan),
      packages: inspectedPackages(size, foundLicenses(plan, images, found)),
    };
  } finally {
    await pipeline.close();
  }
}
