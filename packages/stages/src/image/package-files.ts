import type { PackageFiles } from '@nx-linuxkit/debian';
import { isRecord, readSeal, readSealed } from '../seal.js';

/** The name of the list in the output: which files of the image are of which Debian package. */
export const PACKAGES = 'packages.json';

/** The list as the output has it; undefined for an image of no Debian package. */
export function packageList(packages: readonly PackageFiles[] = []): string | undefined {
  return packages.length === 0 ? undefined : `${JSON.stringify(packages, null, 1)}\n`;
}

/** Reads the list of an image's output, an absolute path. Empty where it has none, or a damaged one: it is for people alone. */
export async function readPackageFiles(folder: string): Promise<readonly PackageFiles[]> {
  const seal = await readSeal(folder);
  const bytes = seal?.files[PACKAGES] && (await readSealed(folder, seal, PACKAGES));
  const list = bytes ? parsed(bytes) : [];
  return Array.isArray(list) && list.every(isPackageFiles) ? list : [];
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A cache may bring an output that another program wrote. */
function isPackageFiles(value: unknown): value is PackageFiles {
  if (!isRecord(value)) return false;
  const { name, version, files } = value;
  return (
    typeof name === 'string' &&
    typeof version === 'string' &&
    Array.isArray(files) &&
    files.every((path) => typeof path === 'string')
  );
}
