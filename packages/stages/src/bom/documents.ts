import { cycloneDxDocument, inventory, spdxDocument, writeCycloneDx, writeSpdx } from '@nx-linuxkit/sbom';
import type { SystemInventory } from '../inventory/system-inventory.js';
import { fileNameOf } from '../plan/project-name.js';
import type { BomDocument } from './write-documents.js';

/** The documents about a system, sorted by file. */
export function bomDocuments({ plan, facts }: SystemInventory): BomDocument[] {
  const name = fileNameOf(plan.name);
  return [
    { file: `${name}.cdx.json`, text: () => writeCycloneDx(cycloneDxDocument(facts, plan)) },
    { file: `${name}.spdx.json`, text: () => writeSpdx(spdxDocument(facts)) },
  ];
}

/** Says in one line what the documents list. */
export function bomLine({ plan, facts }: SystemInventory, files: readonly string[]): string {
  const images = inventory(facts);
  const packages = images.reduce((sum, { components }) => sum + components.length, 0);
  return `${plan.name} for ${plan.platform}: ${images.length} images, ${packages} packages; wrote ${files.join(', ')}`;
}
