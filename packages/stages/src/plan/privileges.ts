import { expandReference } from '@nx-linuxkit/spec';
import { StageError } from '../error.js';
import { nodesFolder } from './project-name.js';
import { referenceName } from './reference-name.js';
import { privilegePolicies, type PrivilegePolicy, type Settings } from './settings.js';

/** An image whose label asks for control over the machine. */
export interface PrivilegedImage {
  /** The reference in the YAML. */
  readonly image: string;
  /** The containers that run it so, such as `services[0]`. */
  readonly locations: readonly string[];
  /** What the label asks for, in words. */
  readonly asks: readonly string[];
}

/** The file in the output of `oci-config` that lists these images, relative to the workspace. */
export function privilegesFile(projectName: string): string {
  return privilegesFileIn(nodesFolder(projectName));
}

/** The same file below the folder of a system's nodes. */
export function privilegesFileIn(nodes: string): string {
  return `${nodes}/oci-config/oci-config/${PRIVILEGES}`;
}

/** The name of that file. */
export const PRIVILEGES = 'privileges.json';

/** What the key of `oci-config` covers: a build that denies must not find what one that allows has made. */
export function privilegesKey(settings: Settings): unknown {
  return policyOf(settings) === 'deny' ? ['deny', settings.privilegedImages ?? []] : undefined;
}

/** The lines that a build reports: one for each image, none for those that the settings allow. */
export function privilegeReport(
  images: readonly PrivilegedImage[],
  os: string,
  settings: Settings,
): string[] {
  if (policyOf(settings) === 'allow') return [];
  return notAllowed(images, settings).map((image) => `${os}: ${describe(image)}`);
}

/** Throws StageError `denied-privileges` for images that the settings deny. `file` is the YAML. */
export function checkPrivileges(images: readonly PrivilegedImage[], file: string, settings: Settings): void {
  if (policyOf(settings) !== 'deny') return;
  const denied = notAllowed(images, settings);
  if (denied.length === 0) return;
  throw new StageError('denied-privileges', denied.map(describe).join('; '), {
    where: { file },
    hint:
      'Give the container these keys in the YAML, where they win over the label (such as `binds: []`), or name the image ' +
      `in the plugin option privilegedImages: ${JSON.stringify(denied.map(({ image }) => referenceName(image)))}.`,
  });
}

function policyOf({ imagePrivileges = 'report' }: Settings): PrivilegePolicy {
  if (privilegePolicies.includes(imagePrivileges)) return imagePrivileges;
  const expected = privilegePolicies.join(', ');
  throw new StageError(
    'unsupported',
    `the plugin's option imagePrivileges: expected one of ${expected}, got ${JSON.stringify(imagePrivileges)}`,
    { where: { file: 'nx.json' }, hint: `Write one of ${expected}.` },
  );
}

function notAllowed(images: readonly PrivilegedImage[], { privilegedImages = [] }: Settings) {
  const names = (reference: string) => [reference, referenceName(reference)];
  return images.filter(({ image }) => {
    const known = [...names(image), ...names(expandReference(image))];
    return !privilegedImages.some((allowed) =>
      known.some((name) => (allowed.endsWith('/') ? name.startsWith(allowed) : name === allowed)),
    );
  });
}

function describe({ image, locations, asks }: PrivilegedImage): string {
  return `the label of ${image} (${locations.join(', ')}) asks for ${asks.join(', ')}`;
}
