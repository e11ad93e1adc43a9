import { formats } from '../formats/catalog.js';
import { formatOptions, type FormatOptions } from './format-options.js';
import { imageKey } from './image-node.js';
import { keyOf } from './key.js';
import type { LoaderName } from './loaders.js';
import type { ImageNode, OsPlan } from './os-plan.js';

/** What one format of an OS reads beside the finished system. */
export interface FormatPlan {
  readonly options: FormatOptions;
  /** Images of the loaders that it needs, as far as the workspace has them. */
  readonly loaders: readonly ImageNode[];
  /** Hash of all that the format reads from the YAML, the lock and the settings. */
  readonly key: string;
}

/** Inference asks for the same one for a format's target, its boot targets, and `build`. */
const planned = new WeakMap<OsPlan, Map<string, FormatPlan>>();

export function planFormat(plan: OsPlan, name: string): FormatPlan {
  const known = planned.get(plan) ?? new Map<string, FormatPlan>();
  planned.set(plan, known);
  const format = known.get(name) ?? makeFormatPlan(plan, name);
  known.set(name, format);
  return format;
}

function makeFormatPlan(plan: OsPlan, name: string): FormatPlan {
  const options = formatOptions(plan.os, name);
  const loaders = loadersOf(plan, name, options).flatMap((loader) => {
    const found = plan.loaders.get(loader);
    return 'image' in found ? [{ loader, image: found.image }] : [];
  });
  const own = [options, loaders.map(({ loader, image }) => [loader, imageKey(image)])] as const;
  // A format that has neither keeps the key of the system, and is not made again when these come into being.
  const plain = loaders.length === 0 && Object.keys(options).length === 0;
  return {
    options,
    loaders: loaders.map(({ image }) => image),
    key: plain ? plan.keys.format : keyOf([plan.keys.format, ...own]),
  };
}

/** Every loader image that a format of this OS needs, each once: nodes of the graph. */
export function loaderImages(plan: OsPlan): ImageNode[] {
  const images = formats.flatMap(({ name }) => planFormat(plan, name).loaders);
  return [...new Map(images.map((image) => [image.id, image])).values()];
}

/** The loaders that some format needs on a platform, whatever its options. */
export function loadersFor(platform: string): LoaderName[] {
  const needed = formats
    .filter(({ architectures }) => supports(architectures, platform))
    .flatMap(({ loaders }) => [...(loaders?.({}) ?? []), ...(loaders?.({ uki: true }) ?? [])]);
  return [...new Set(needed)];
}

/** A format that the platform does not have needs nothing: it ends with an error. */
function loadersOf({ platform }: OsPlan, name: string, options: FormatOptions): readonly LoaderName[] {
  const format = formats.find((candidate) => candidate.name === name);
  if (!format || !supports(format.architectures, platform)) return [];
  return format.loaders?.(options) ?? [];
}

export function supports(architectures: readonly string[] | undefined, platform: string): boolean {
  return architectures === undefined || architectures.includes(platform.split('/')[1]);
}
