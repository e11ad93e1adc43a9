import { SECTIONS, bundlePath, expandReference, type OsSpec } from '@nx-linuxkit/spec';
import type { Where } from '@nx-linuxkit/errors';
import type { Digest } from '@nx-linuxkit/oci';
import type { Lock, LockedImage } from '@nx-linuxkit/oci/lock';
import type { OsIdentity } from './identify.js';
import { pulledNode, type ImageNode } from './image-node.js';
import { knownFormat } from './known-format.js';
import { Loaders } from './loaders.js';
import { osKeys } from './os-keys.js';
import type { OsPlan, SbomPlace, SegmentPlan } from './os-plan.js';
import { checkPackagePlatform } from './package-platforms.js';
import { pinnedImages } from './pinned-images.js';
import { nodesFolder } from './project-name.js';
import { isPackage, type ReferenceMap } from './reference-map.js';
import { referenceName } from './reference-name.js';
import { sharedRoot } from './shared-root.js';
import { referencesOf, referencesToLock, whereIs } from './references.js';
import { planSbom } from './sbom-plan.js';
import { planSecureBoot } from './secure-boot-plan.js';
import { segmentNode } from './segment-node.js';
import { compressorOf, type Settings } from './settings.js';
import { planSignatures, type ReadText } from './signature-plan.js';

/** All that a plan is made of. */
interface PlanInputs {
  readonly os: OsSpec;
  readonly lock: Lock;
  readonly settings: Settings;
  readonly map: ReferenceMap;
  /** The node of the package that an `@pkg:` reference names. Throws when there is none. */
  readonly packageNode: (reference: string, where: Where, platform: string) => ImageNode;
  readonly readText: ReadText;
  /** The time that a bill of materials names, in RFC 3339. Default: the latest of the images. */
  readonly sbomTime?: string;
}

/** The references that the lock must pin for a platform and does not. */
export function unlocked(
  { os, lock, settings, map }: Pick<PlanInputs, 'os' | 'lock' | 'settings' | 'map'>,
  platform: string,
): string[] {
  return referencesToLock(os, settings, map, platform).filter(
    (reference) => lock.images[reference]?.[platform] === undefined,
  );
}

/**
 * Plans one system. Every reference must be locked, see `unlocked`; throws StageError for a package that is missing.
 */
export function planOs(identity: OsIdentity, inputs: PlanInputs): OsPlan {
  const nodes = new Map(
    referencesOf(inputs.os).map((reference) => [reference, checkedNode(reference, identity, inputs)]),
  );
  const imageOf = (reference: string): ImageNode => nodes.get(reference) as ImageNode;
  const lockedOf = (reference: string) => inputs.lock.images[reference]?.[identity.platform];
  const targetOf = (reference: string) => inputs.map.target(reference, lockedOf(reference));
  const indexOf = (reference: string) => lockedOf(reference)?.index;
  const places = placeImages(inputs.os, inputs.settings, targetOf, indexOf).map(
    ({ location, reference, plan }): SbomPlace => {
      const image = imageOf(reference);
      const placed = { location, reference: expandReference(reference), image, plan };
      return { node: { ...segmentNode(image, plan), ...placed }, index: indexOf(reference) };
    },
  );
  const segments = places.map(({ node }) => node);
  const sbom = planSbom(inputs.settings, inputs.sbomTime, places);
  const pinned = () => pinnedImages(inputs, inputs.lock, inputs.settings, identity.platform);
  const signatures = planSignatures(identity.file, pinned, inputs.settings, inputs.readText);
  const secureBoot = planSecureBoot(inputs.settings, inputs.readText);
  const images = [...new Map([...nodes.values()].map((node) => [node.id, node])).values()];
  return {
    ...identity,
    nodes: nodesFolder(identity.name),
    os: inputs.os,
    settings: inputs.settings,
    segments,
    images: images.sort((a, b) => (a.id < b.id ? -1 : 1)),
    imageOf,
    targetOf,
    outputs: formatsOf(inputs.os, inputs.settings),
    loaders: new Loaders(inputs.settings, (reference) => imageNode(reference, identity, inputs)),
    ...(signatures && { signatures }),
    ...(sbom && { sbom }),
    ...(secureBoot && { secureBoot }),
    keys: osKeys(inputs.os, identity, segments, imageOf, inputs.settings, signatures, sbom),
  };
}

/** The formats that `build` makes: the YAML's, else the workspace's, else LinuxKit's default. */
export function formatsOf(os: OsSpec, settings: Settings): string[] {
  const declared = os.outputs.map(({ format }) => format);
  if (declared.length === 0) settings.outputs?.forEach(knownFormat);
  return [...new Set(declared.length > 0 ? declared : (settings.outputs ?? ['kernel+initrd']))];
}

/** The node of an image of the YAML. Throws StageError `unsupported` for a package and a platform that none is made for. */
function checkedNode(reference: string, identity: OsIdentity, inputs: PlanInputs): ImageNode {
  const node = imageNode(reference, identity, inputs);
  const isOfDebian = node.source.kind === 'package' && node.source.dockerfile === undefined;
  if (isOfDebian) checkPackagePlatform(reference, identity.platform, inputs.os);
  return node;
}

function imageNode(reference: string, { platform }: OsIdentity, inputs: PlanInputs): ImageNode {
  const locked = inputs.lock.images[reference]?.[platform];
  const mapped = inputs.map.target(reference, locked);
  if (isPackage(mapped)) return inputs.packageNode(mapped, whereIs(inputs.os, reference), platform);
  return pinnedNode(mapped, locked, platform);
}

/** The node of an image that is pinned. `mapped` is the reference after the settings have mapped it. */
export function pinnedNode(mapped: string, { digest, imageID }: LockedImage, platform: string): ImageNode {
  const inDaemon = imageID !== undefined && !mapped.startsWith('docker-daemon:');
  const from = withoutTag(inDaemon ? `docker-daemon:${mapped}` : mapped);
  return pulledNode({ kind: 'pulled', digest, from, ...(imageID ? { imageID } : {}) }, platform);
}

/** A digest finds an image in its repository by itself; a tag in the options would re-run a pull for nothing. */
function withoutTag(reference: string): string {
  if (/^(docker-daemon|docker-archive|oci|oci-archive):/.test(reference)) return reference;
  return referenceName(reference);
}

interface Place {
  readonly location: string;
  readonly reference: string;
  readonly plan: SegmentPlan;
}

/**
 * Each image's first place, in LinuxKit's order. Containers share an image that an earlier one brought;
 * kernel, init and volumes always have their own copy.
 */
function placeImages(
  os: OsSpec,
  settings: Settings,
  targetOf: (reference: string) => string,
  indexOf: (reference: string) => Digest | undefined,
): Place[] {
  const compressor = compressorOf(settings);
  const places: Place[] = [];
  const add = (location: string, reference: string, plan: Omit<SegmentPlan, 'compressor'>) =>
    places.push({ location, reference, plan: { ...plan, compressor } });

  if (os.kernel?.image) {
    add('kernel', os.kernel.image, { section: 'kernel', at: '', tar: os.kernel.tar });
  }
  os.init.forEach((image, i) => add(`init[${i}]`, image, { section: 'init', at: '' }));
  os.volumes.forEach(({ name, image, format, platforms }, i) => {
    if (!image) return;
    const layout =
      format === 'oci'
        ? {
            layout: {
              platforms: platforms ?? [],
              name: expandReference(image),
              ...(indexOf(image) ? { index: indexOf(image) } : {}),
            },
          }
        : {};
    add(`volume[${i}]`, image, {
      section: 'volumes',
      at: `containers/volumes/${name}`,
      ...layout,
    });
  });
  const placed = new Set<string>();
  for (const section of SECTIONS) {
    os[section].forEach((container, i) => {
      const shared = sharedRoot(os, section, targetOf(container.image));
      if (placed.has(shared)) return;
      placed.add(shared);
      add(`${section}[${i}]`, container.image, {
        section,
        at: bundlePath(section, i, container.name),
        ...(container.readonly === undefined ? {} : { readonly: container.readonly }),
        ...(section === 'services' && os.imageStore ? { imageStore: os.imageStore } : {}),
      });
    });
  }
  return places;
}
