import { referenceMap, referencesOf, PackageFinder } from '@nx-linuxkit/stages/plan';
import { expandReference } from '@nx-linuxkit/spec';
import type { FoundPackage } from './find-packages.js';
import type { ImportPlan } from './import-plan.js';
import type { PlacedSystem } from './place-system.js';

/** The prefix of LinuxKit's images, and the base set that stands for it. */
const LINUXKIT = 'linuxkit/';
const BASE_SET = '@pkg:@nx-linuxkit/images/';

/**
 * Maps the images of systems, in the option `images`: those that a package of the workspace makes, and, with `baseSet`,
 * those of LinuxKit that the base set has. Notes for each system where its images come from.
 */
export function mapImages(
  systems: readonly PlacedSystem[],
  packages: readonly FoundPackage[],
  baseSet: boolean,
  workspaceRoot: string,
  plan: ImportPlan,
): void {
  const references = new Set(systems.flatMap((system) => referencesIn(system)));
  const names = new Set([...references].map((reference) => reference.replace(/[:@][^/]*$/, '')));
  for (const { folder, image, problem } of packages) {
    if (problem !== undefined) {
      plan.leaves(problem);
      continue;
    }
    const used = [...names].filter((name) => expandReference(name) === expandReference(image));
    for (const name of used) plan.map(name, `@pkg:${folder}`);
    if (used.length > 0) plan.did(`${image} is made by the package ${folder}`);
    else plan.did(`${folder} is a package: refer to it by "@pkg:${folder}"`);
  }
  if (baseSet && [...references].some((reference) => reference.startsWith(LINUXKIT)))
    plan.map(LINUXKIT, BASE_SET);
  const finder = new PackageFinder(workspaceRoot);
  for (const system of systems) {
    const map = referenceMap(plan.images, (target) => finder.has(target, system.file));
    const unlocked = referencesIn(system).filter((reference) => !map.target(reference).startsWith('@pkg:'));
    const made = referencesIn(system).filter((reference) => !unlocked.includes(reference));
    if (made.length > 0) plan.did(`${system.name}: packages make ${made.join(', ')}`);
    if (unlocked.length > 0) plan.did(`${system.name}: registries have ${unlocked.join(', ')}`);
    if (unlocked.length > 0) plan.leaves(`pin the images of ${system.name}: nx lock ${system.name}`);
  }
}

function referencesIn({ systems }: PlacedSystem): string[] {
  return [...new Set(systems.flatMap((os) => referencesOf(os)))];
}
