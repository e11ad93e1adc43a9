import { cycloneDxDocument, inventory, spdxDocument, writeCycloneDx, writeSpdx } from '@nx-linuxkit/sbom';
import type { SystemInventory } from '../inventory/system-inventory.js';
import { fileNameOf } from '../plan/project-name.js';
import type { Vex } from '../vex/read-vex.js';
import type { BomDocument } from './write-documents.js';

/** What the documents about a system are made of. */
export interface BomSources {
  readonly system: SystemInventory;
  /** What a person says about vulnerabilities. */
  readonly vex?: Vex;
  /** Where the files of formats come from: a statement of in-toto. */
  readonly provenance?: object;
}

/** The documents about a system, sorted by file. */
export function bomDocuments({ system, vex, provenance }: BomSources): BomDocument[] {
  const { plan, facts } = system;
  const name = fileNameOf(plan.name);
  const cycloneDx = () => writeCycloneDx(cycloneDxDocument(facts, plan, vex?.statements));
  return [
    { file: `${name}.cdx.json`, text: cycloneDx },
    ...(provenance ? [{ file: `${name}.provenance.json`, text: () => [jsonOf(provenance)] }] : []),
    { file: `${name}.spdx.json`, text: () => writeSpdx(spdxDocument(facts)) },
    ...(vex ? [{ file: `${name}.vex.json`, text: () => [vex.text] }] : []),
  ];
}

/** Says in one line what the documents list. */
export function bomLine({ plan, facts }: SystemInventory, files: readonly string[]): string {
  const images = inventory(facts);
  const packages = images.reduce((sum, { components }) => sum + components.length, 0);
  return `${plan.name} for ${plan.platform}: images: ${images.length}, packages: ${packages}; wrote ${files.join(', ')}`;
}

function jsonOf(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
