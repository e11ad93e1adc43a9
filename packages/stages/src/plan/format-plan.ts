import {
  findFormat,
  formatNames,
  formats,
  loadersOf,
  supportsPlatform,
  type FormatOptions,
  type LoaderName,
} from '@nx-linuxkit/formats';
import { formatOptions } from './format-options.js';
import { imageKey, type ImageNode } from './image-node.js';
import { keyOf } from './key.js';
import type { OsPlan } from './os-plan.js';
import type { SecureBootPlan } from './secure-boot-plan.js';

/** What one format of a system reads beside the finished system. */
export interface FormatPlan {
  readonly options: FormatOptions;
  /** Images of the loaders that it needs, as far as the workspace has them. */
  readonly loaders: readonly ImageNode[];
  /** Present for a format whose EFI programs are signed. */
  readonly secureBoot?: SecureBootPlan;
  /** Hash of all that the format reads from the YAML, the lock and the settings. */
  readonly key: string;
}

/** Inference asks for the same plan for a format's target, its boot targets, and `build`. */
const planned = new WeakMap<OsPlan, Map<string, FormatPlan>>();

/** Plans one format of a system, by the format's name. An unknown format has no options and no loaders. */
export function planFormat(plan: OsPlan, name: string): FormatPlan {
  const known = planned.get(plan) ?? new Map<string, FormatPlan>();
  planned.set(plan, known);
  const format = known.get(name) ?? makeFormatPlan(plan, name);
  known.set(name, format);
  return format;
}

function makeFormatPlan(plan: OsPlan, name: string): FormatPlan {
  const options = formatOptions(plan.os, name);
  const loaders = loadersNeeded(plan, name, options).flatMap((loader) => {
    const found = plan.loaders.get(loader);
    return 'image' in found ? [{ loader, image: found.image }] : [];
  });
  const secureBoot = isSigned(plan, name, options) ? plan.secureBoot : undefined;
  const own = [
    options,
    loaders.map(({ loader, image }) => [loader, imageKey(image)]),
    ...(secureBoot ? [secureBoot.key] : []),
  ];
  // A format without both keeps the key of the system, so that new options and loaders of other formats re-run nothing.
  const plain = loaders.length === 0 && Object.keys(options).length === 0 && !secureBoot;
  return {
    options,
    loaders: loaders.map(({ image }) => image),
    ...(secureBoot && { secureBoot }),
    key: plain ? plan.keys.format : keyOf([plan.keys.format, ...own]),
  };
}

/** Only a unified kernel image is signed whole: GRUB would start a kernel that no signature covers. */
function isSigned(plan: OsPlan, name: string, options: FormatOptions): boolean {
  return loadersNeeded(plan, name, options).includes('efi-stub');
}

/** Every loader image that a format of this system needs, each once: nodes of the graph. */
export function loaderImages(plan: OsPlan): readonly ImageNode[] {
  const known = loadersOfPlans.get(plan);
  if (known) return known;
  const images = formatNames.flatMap((name) => planFormat(plan, name).loaders);
  const found = [...new Map(images.map((image) => [image.id, image])).values()];
  loadersOfPlans.set(plan, found);
  return found;
}

/** Inference asks for the nodes of a system, for its edges, and for the nodes that systems share. */
const loadersOfPlans = new WeakMap<OsPlan, readonly ImageNode[]>();

/** The loaders that some format needs on a platform, whatever its options are. */
export function loadersFor(platform: string): LoaderName[] {
  const needed = formats
    .filter((format) => supportsPlatform(format, platform))
    .flatMap((format) => [
      ...loadersOf(format, {}),
      ...(format.options?.includes('uki') ? loadersOf(format, { uki: true }) : []),
      ...(format.roots ?? []).flatMap((root) => loadersOf(format, { root })),
    ]);
  return [...new Set(needed)];
}

/** A format that cannot be made for the platform needs no loader: its task ends with an error. */
function loadersNeeded({ platform }: OsPlan, name: string, options: FormatOptions): readonly LoaderName[] {
  const format = findFormat(name);
  return format && supportsPlatform(format, platform) ? loadersOf(format, options) : [];
}
