import { inventory, type VexStatement } from '@nx-linuxkit/sbom';
import type { SystemInventory } from '../inventory/system-inventory.js';
import { readFeed } from './feed/read-feed.js';
import type { SystemScan } from './finding.js';
import { Matcher } from './match.js';
import { ScanTargets } from './targets.js';

/** A feed that a person has downloaded, and what the person says about vulnerabilities. */
export interface ScanRequest {
  /** Absolute path. */
  readonly feed: string;
  /** What people call it. */
  readonly named: string;
  readonly statements: readonly VexStatement[];
}

/**
 * Looks for the packages of a system in a feed, which is read once, an entry at a time. Throws StageError `missing-file` and
 * `bad-document` for a feed that cannot be read.
 */
export async function scanInventory(
  { plan, facts }: SystemInventory,
  { feed, named, statements }: ScanRequest,
): Promise<SystemScan> {
  const images = inventory(facts);
  const targets = new ScanTargets(plan.name, images);
  const matcher = new Matcher(targets, statements);
  for await (const advisory of readFeed(feed, named)) matcher.match(advisory);
  const passedOver = targets.passedOver.map(({ component }) => component.purl ?? component.name);
  return {
    system: plan.name,
    platform: plan.platform,
    feed: named,
    packages: images.reduce((sum, { components }) => sum + components.length, 0) - passedOver.length,
    passedOver: [...new Set(passedOver)].sort(),
    findings: matcher.findings(),
  };
}
