import { compressorId } from '@nx-linuxkit/deflate/compressor';
import { loaderNames } from '@nx-linuxkit/formats';
import {
  SECTIONS,
  bundlePath,
  expandReference,
  fileKind,
  formatMetadata,
  type Section,
} from '@nx-linuxkit/spec';
import { planFormat } from '../plan/format-plan.js';
import { imageKey, type ImageNode, type PackageImage } from '../plan/image-node.js';
import type { OsPlan, SegmentNode } from '../plan/os-plan.js';
import { privilegesKey } from '../plan/privileges.js';
import { compressorOf } from '../plan/settings.js';
import { trustedReferences } from '../plan/trust.js';
import { stageNames, stageVersion, versionWith, type StageName } from '../stages.js';

/** One thing that a system is made of. */
export interface Field {
  /** Where it stands: `services/nginx`, `files/etc/motd`, `option compressor`. */
  readonly place: string;
  /** What it is there: `env`. */
  readonly name: string;
  readonly value: unknown;
  /** The tasks whose inputs it is: ids as in `taskId`. `format` stands for every format. */
  readonly readers: readonly string[];
}

/** Names a task of a system's graph: by its stage, and for a shared node or a format by the node or the format. */
export function taskId(stage: StageName, of?: string): string {
  return of === undefined ? stage : `${stage} ${of}`;
}

const FORMAT = ['format'];
const INITRAMFS = ['initramfs', ...FORMAT];
const CONFIG = ['oci-config', ...INITRAMFS];
const SBOM = ['sbom', ...INITRAMFS];

/**
 * Lists what decides the bytes of a system, each with the tasks that read it: the same that `osKeys` makes keys of, one
 * by one. The bytes of files are not among them.
 */
export function fieldsOf(plan: OsPlan): Field[] {
  return [
    { place: 'system', name: 'platform', value: plan.platform, readers: stageNames },
    ...kernelFields(plan),
    ...initFields(plan),
    ...volumeFields(plan),
    ...SECTIONS.flatMap((section) => containerFields(plan, section)),
    ...fileFields(plan),
    ...packageFields(plan),
    ...trustFields(plan),
    ...outputFields(plan),
    ...optionFields(plan),
    ...versionFields(),
  ];
}

function kernelFields(plan: OsPlan): Field[] {
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

function initFields(plan: OsPlan): Field[] {
  const { init } = plan.os;
  const places = unique(init.map((reference) => `init/${reference}`));
  const nodes = plan.segments.filter((segment) => segment.plan.section === 'init');
  return [
    { place: 'init', name: 'order', value: init, readers: [...reads(plan, 'sbom'), ...INITRAMFS] },
    ...init.flatMap((reference, i) => imageFields(plan, places[i], reference, nodes[i], INITRAMFS)),
  ];
}

function volumeFields(plan: OsPlan): Field[] {
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

function containerFields(plan: OsPlan, section: Section): Field[] {
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
      const expanded = expandReference(plan.targetOf(image));
      const at = bundlePath(section, i, name);
      if (!first.has(expanded))
        first.set(
          expanded,
          plan.segments.find((segment) => segment.plan.at === at),
        );
      return first.get(expanded);
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

function fileFields({ os }: OsPlan): Field[] {
  const places = filePlaces(os.files);
  return [
    { place: 'files', name: 'order', value: places, readers: INITRAMFS },
    ...os.files.flatMap((file, i) => {
      const keys = Object.entries(file).filter(([name]) => name !== 'path');
      const own = keys.map(([name, value]) => ({
        ...{ place: places[i], name, value, readers: INITRAMFS },
      }));
      if (fileKind(file) !== 'metadata') return own;
      const text = formatMetadata(os, 'json');
      return [...own, { place: places[i], name: 'text of the metadata', value: text, readers: INITRAMFS }];
    }),
  ];
}

/** The places of `files` entries. */
export function filePlaces(files: OsPlan['os']['files']): string[] {
  return unique(files.map(({ path }) => `files/${path}`));
}

/** What a package is made of beside the bytes of its files: the arguments, labels and bases of one with a Dockerfile. */
function packageFields(plan: OsPlan): Field[] {
  return packagesOf(plan).flatMap((image): Field[] => {
    const { dockerfile, records = true } = image.source;
    const at = { place: packagePlace(image), readers: packageReaders(plan, image) };
    return [
      { ...at, name: 'records', value: records },
      ...(dockerfile ? [{ ...at, name: 'arguments, names and base images', value: dockerfile.key }] : []),
    ];
  });
}

/** An image that is made of a package folder. */
export type PackageNode = ImageNode & { readonly source: PackageImage };

/** The packages of a system, and those of loaders that its formats need. */
export function packagesOf(plan: OsPlan): PackageNode[] {
  const images = [...plan.images, ...loadersIn(plan).map(({ image }) => image)];
  return images.filter((image): image is PackageNode => image.source.kind === 'package');
}

/** Where a package stands among the fields. */
export function packagePlace({ source: { folder, file } }: PackageNode): string {
  return `package ${file === undefined ? folder : `${folder}/${file}`}`;
}

/** The tasks that read the files of a package. */
export function packageReaders(plan: OsPlan, image: PackageNode): string[] {
  const nodes = plan.segments.filter((segment) => segment.image.id === image.id);
  const inSystem = plan.images.some(({ id }) => id === image.id);
  const formats = loadersIn(plan).filter((loader) => loader.image.id === image.id);
  return [
    ...bringing(image),
    ...nodes.flatMap(segmentOf),
    ...(inSystem
      ? [...reads(plan, 'sbom'), ...CONFIG]
      : formats.map(({ format }) => taskId('format', format))),
  ];
}

function trustFields({ os: { trust }, signatures, settings }: OsPlan): Field[] {
  const readers = ['verify'];
  const entries = Object.entries(trust).filter(([, list]) => list.length > 0);
  return [
    ...entries.map(([name, value]) => ({ place: 'trust', name, value, readers })),
    ...(settings.signatures === undefined
      ? []
      : [{ place: 'option signatures', name: 'value', value: settings.signatures, readers }]),
    ...filesOfPolicy(signatures?.parts).map(([path, text]) => ({
      ...{ place: path, name: 'text', value: text, readers },
    })),
  ];
}

/** The last part of the key of signatures lists the files that the check reads. */
function filesOfPolicy(parts: readonly unknown[] = []): [string, unknown][] {
  return (parts.at(-1) ?? []) as [string, unknown][];
}

function outputFields(plan: OsPlan): Field[] {
  const formats = plan.outputs.map((format): Field => {
    const { options } = planFormat(plan, format);
    return {
      place: `outputs/${format}`,
      name: 'options',
      value: options,
      readers: [taskId('format', format)],
    };
  });
  const signed = plan.outputs.flatMap((format): Field[] => {
    const { secureBoot } = planFormat(plan, format);
    if (!secureBoot) return [];
    const at = { place: `outputs/${format}`, readers: [taskId('format', format)] };
    return [{ ...at, name: 'Secure Boot', value: secureBoot.key }];
  });
  const loaders = loadersIn(plan).map(({ name, format, image }): Field => {
    const readers = [...bringing(image), taskId('format', format)];
    const value = [image.id, image.source.kind === 'pulled' && imageKey(image)];
    return { place: `outputs/${format}`, name: `loader ${name}`, value, readers };
  });
  return [...formats, ...signed, ...loaders];
}

/** The loaders that the formats of a system need. */
function loadersIn(plan: OsPlan): { name: string; format: string; image: ImageNode }[] {
  return plan.outputs.flatMap((format) => {
    const needed = planFormat(plan, format).loaders;
    if (needed.length === 0) return [];
    return loaderNames.flatMap((name) => {
      const loader = plan.loaders.get(name);
      const isNeeded = 'image' in loader && needed.some(({ id }) => id === loader.image.id);
      return isNeeded ? [{ name, format, image: loader.image }] : [];
    });
  });
}

function optionFields(plan: OsPlan): Field[] {
  const { settings, sbom } = plan;
  const option = (name: string, value: unknown, readers: readonly string[]): Field => ({
    ...{ place: `option ${name}`, name: 'value', value, readers },
  });
  const segments = plan.segments.flatMap(segmentOf);
  return [
    option('compressor', compressorOf(settings), [...segments, ...INITRAMFS]),
    option('filesOverrideParents', settings.filesOverrideParents ?? false, INITRAMFS),
    option('decompressKernel', settings.decompressKernel ?? false, FORMAT),
    option('imagePrivileges', privilegesKey(settings), CONFIG),
    option('sbom', sbom && [sbom.path, sbom.created], SBOM),
  ];
}

/** The versions of the stages: nx-linuxkit itself. */
function versionFields(): Field[] {
  const stages = stageNames.map((stage): Field => {
    const own = (name: StageName) => new RegExp(`^${name}\\d+$`);
    const value = stageVersion(stage)
      .split(',')
      .find((part) => own(stage).test(part));
    const readers = stageNames.filter((name) =>
      stageVersion(name)
        .split(',')
        .some((part) => own(stage).test(part)),
    );
    return { place: `stage ${stage}`, name: 'version', value, readers };
  });
  const value = compressorId();
  if (value === '') return stages;
  const readers = stageNames.filter((stage) => versionWith(stage, '') !== stageVersion(stage));
  return [...stages, { place: 'this Node', name: 'zlib', value, readers }];
}

/** The tasks that bring an image, and those that its Dockerfile is built on. */
function bringing(image: ImageNode): string[] {
  const { source, id } = image;
  const bases = source.kind === 'package' ? (source.dockerfile?.bases ?? []) : [];
  const own: StageName[] = [source.kind === 'pulled' ? 'pull' : 'image', 'extract'];
  return [...own.map((stage) => taskId(stage, id)), ...bases.flatMap((base) => bringing(base.image))];
}

function segmentOf(node: SegmentNode | undefined): string[] {
  return node ? [taskId('segment', node.id)] : [];
}

function reads(plan: OsPlan, stage: 'sbom'): string[] {
  return plan[stage] ? [stage] : [];
}

/** Numbers the names that come again, because entries of a list may have one name. */
function unique(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}
