import { SECTIONS, bundlePath, type Section } from '@nx-linuxkit/spec';
import { imageKey } from '../../plan/image-node.js';
import type { OsPlan, SegmentNode } from '../../plan/os-plan.js';
import { sharedRoot } from '../../plan/shared-root.js';
import { trustedReferences } from '../../plan/trust.js';
import { unique, type Field } from './field.js';
import { CONFIG, FORMAT, INITRAMFS, SBOM, bringing, reads, segmentOf } from './tasks.js';

/** The image of the kernel, and the keys beside it. */
export function kernelFields(plan: OsPlan): Field[] {
  const { kernel } = plan.os;
  if (!kernel) return [];
  const place = 'kernel';
  const node = plan.segments.find((segment) => segment.plan.section === 'kernel');
  return [
    ...imageFields(plan, place, kernel.image, node, INITRAMFS),
    { place, name: 'cmdline', value: kernel.cmdline, readers: FORMAT },
    { place, name: 'binary', value: kernel.binary, readers: INITRAMFS },
    { place, name: 'tar', value: kernel.tar, readers: [...segmentOf(node), ...INITRAMFS] },
    { place, name: 'ucode', value: kernel.ucode, readers: INITRAMFS },
  ];
}

/** The images of `init`, and their order. */
export function initFields(plan: OsPlan): Field[] {
  const { init } = plan.os;
  const places = unique(init.map((reference) => `init/${reference}`));
  const nodes = plan.segments.filter((segment) => segment.plan.section === 'init');
  return [
    { place: 'init', name: 'order', value: init, readers: [...reads(plan, 'sbom'), ...INITRAMFS] },
    ...init.flatMap((reference, i) => imageFields(plan, places[i], reference, nodes[i], INITRAMFS)),
  ];
}

/** The volumes with all their keys, and their order. */
export function volumeFields(plan: OsPlan): Field[] {
  const { volumes } = plan.os;
  const order = { place: 'volumes', name: 'order', value: volumes.map(({ name }) => name), readers: CONFIG };
  return [
    order,
    ...volumes.flatMap(({ name, image, ...more }) => {
      const place = `volumes/${name}`;
      const node = plan.segments.find((segment) => segment.plan.at === `containers/volumes/${name}`);
      const layout = ['format', 'platforms'];
      return [
        ...(image ? imageFields(plan, place, image, node, CONFIG) : []),
        ...Object.entries(more).map(([key, value]) => ({
          ...{ place, name: key, value },
          readers: [...(layout.includes(key) ? segmentOf(node) : []), ...CONFIG],
        })),
      ];
    }),
  ];
}

/** Where the images of services lie. */
export function imageStoreField(plan: OsPlan): Field {
  const segments = plan.segments.filter((segment) => segment.plan.section === 'services');
  const readers = [...segments.flatMap(segmentOf), ...reads(plan, 'sbom'), ...CONFIG];
  return { place: 'system', name: 'imageStore', value: plan.os.imageStore, readers };
}

/** The containers of a section with all their keys, and their order. */
export function containerFields(plan: OsPlan, section: Section): Field[] {
  const containers = plan.os[section];
  const places = unique(containers.map(({ name }) => `${section}/${name}`));
  const segments = segmentsOfContainers(plan, section);
  const names = containers.map(({ name }) => name);
  const order = { place: section, name: 'order', value: names, readers: [...reads(plan, 'sbom'), ...CONFIG] };
  return [
    order,
    ...containers.flatMap(({ name, image, ...more }, i) => {
      const place = places[i];
      const at = bundlePath(section, i, name);
      const node = segments[i];
      const moved = [...segmentOf(node), ...reads(plan, 'sbom'), ...CONFIG];
      return [
        ...imageFields(plan, place, image, node, CONFIG),
        { place, name: 'position', value: [at, node?.plan.at], readers: moved },
        ...Object.entries(more).map(([key, value]) => {
          const isInSegment = key === 'readonly' && node?.plan.at === at;
          return { place, name: key, value, readers: isInSegment ? moved : CONFIG };
        }),
      ];
    }),
  ];
}

/** The segment that holds the image of each container of a section: its own, or that of the first one with the image. */
function segmentsOfContainers(plan: OsPlan, wanted: Section): (SegmentNode | undefined)[] {
  const first = new Map<string, SegmentNode | undefined>();
  const found = SECTIONS.map((section) =>
    plan.os[section].map(({ name, image }, i) => {
      const shared = sharedRoot(plan.os, section, plan.targetOf(image));
      const at = bundlePath(section, i, name);
      if (!first.has(shared))
        first.set(
          shared,
          plan.segments.find((segment) => segment.plan.at === at),
        );
      return first.get(shared);
    }),
  );
  return found[SECTIONS.indexOf(wanted)];
}

/** The reference of a place, and the image that stands for it. `readers` are those of the reference. */
function imageFields(
  plan: OsPlan,
  place: string,
  reference: string,
  node: SegmentNode | undefined,
  readers: readonly string[],
): Field[] {
  const image = plan.imageOf(reference);
  const isPulled = image.source.kind === 'pulled';
  const checked =
    trustedReferences(plan.os).includes(reference) ||
    plan.signatures?.images.some(({ written }) => written === reference);
  const verify = checked ? ['verify'] : [];
  const sbom = reads(plan, 'sbom');
  const index = plan.sbom?.places.find(({ node: { id } }) => id === node?.id)?.index;
  const made = [...bringing(image), ...segmentOf(node), ...verify, ...sbom, ...readers];
  return [
    { place, name: 'image', value: reference, readers: [...verify, ...sbom, ...readers] },
    {
      place,
      name: isPulled ? 'digest' : 'package',
      value: [image.id, isPulled && imageKey(image)],
      readers: made,
    },
    ...(index ? [{ place, name: 'index', value: index, readers: SBOM }] : []),
  ];
}
