import { posix } from 'node:path';
import { StageError } from '../error.js';
import { imageKey } from './image-node.js';
import { keyOf } from './key.js';
import type { SbomPlace, SbomPlan } from './os-plan.js';
import type { Settings } from './settings.js';

/** LinuxKit's name of the file. */
export const SBOM_FILE = 'sbom.spdx.json';

/** Plans the bill of materials that the settings ask for. Throws StageError `bad-option` for a path that no root can have. */
export function planSbom(
  { sbom = false }: Pick<Settings, 'sbom'>,
  created: string | undefined,
  places: readonly SbomPlace[],
): SbomPlan | undefined {
  if (sbom === false) return undefined;
  const path = sbom === true ? SBOM_FILE : sbomPath(sbom);
  if (path !== undefined) return { path, ...(created !== undefined && { created }), places };
  const expected = 'expected the path of a file in the root';
  throw new StageError('bad-option', `the plugin's option sbom: ${expected}, got ${JSON.stringify(sbom)}`, {
    where: { file: 'nx.json' },
    hint: `Write true for ${SBOM_FILE}, or a path such as "usr/share/${SBOM_FILE}".`,
  });
}

/** A key of all that a bill of materials says from the YAML, the lock and the settings. */
export function sbomKey({ path, created, places }: SbomPlan): string {
  const images = places.map(({ node: { image, plan, reference }, index }) => {
    const { section, at, readonly = null } = plan;
    return [imageKey(image), image.platform, index ?? null, reference, section, at, readonly];
  });
  return keyOf([path, created ?? null, images]);
}

/** The path in the root, without what changes nothing about it; undefined for one that no file can have. */
export function sbomPath(given: string): string | undefined {
  const path = posix.normalize(given).replace(/^\/+/, '');
  const isFile = path !== '' && !path.endsWith('/') && !path.includes('\0');
  return isFile && !['.', '..'].includes(path.split('/')[0]) ? path : undefined;
}
