import type { SizeNode } from '@nx-linuxkit/inspect';
import type { OciImage } from '../layers/oci-image.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { RootFile } from '../size/root-files.js';

/** Files below this share of a system have no name of their own, so that a page with 50,000 files stays small. */
const LEAST_SHARE = 1 / 4000;

/**
 * The files of a system as a tree: image, layer, package, file. A part without a package has its files directly. Small files of a
 * part are one node.
 */
export function contentTree(
  plan: OsPlan,
  images: ReadonlyMap<string, OciImage>,
  files: readonly RootFile[],
  owners: ReadonlyMap<string, string>,
): SizeNode {
  const whole = sum(files);
  const layers = layerNames(plan, images);
  const leaves = (list: readonly RootFile[]) => fileNodes(list, whole * LEAST_SHARE, placesOf(plan));
  const packages = (list: readonly RootFile[]) =>
    grouped(list, 'package', (file) => owners.get(file.path), leaves);
  const children = grouped(
    files,
    'image',
    ({ image }) => image,
    (ofImage) => grouped(ofImage, 'layer', (file) => layers(file), packages),
  );
  return { name: plan.name, kind: 'system', size: whole, children };
}

/** Groups files by a name; those without one become nodes by `inside` beside the groups. The largest first. */
function grouped(
  files: readonly RootFile[],
  kind: SizeNode['kind'],
  nameOf: (file: RootFile) => string | undefined,
  inside: (files: readonly RootFile[]) => readonly SizeNode[],
): SizeNode[] {
  const groups = new Map<string | undefined, RootFile[]>();
  for (const file of files) {
    const name = nameOf(file);
    const known = groups.get(name);
    if (known) known.push(file);
    else groups.set(name, [file]);
  }
  const nodes = [...groups].flatMap(([name, list]): readonly SizeNode[] =>
    name === undefined ? inside(list) : [{ name, kind, size: sum(list), children: inside(list) }],
  );
  return sorted(nodes);
}

function fileNodes(files: readonly RootFile[], least: number, places: readonly string[]): SizeNode[] {
  const large = files.filter(({ size }) => size >= least);
  const small = files.filter(({ size }) => size < least);
  const named = large.map(({ path, size }): SizeNode => ({
    name: inImage(path, places),
    kind: 'file',
    size,
  }));
  const rest: SizeNode[] =
    small.length === 0
      ? []
      : [
          {
            name: `${small.length} small ${small.length === 1 ? 'file' : 'files'}`,
            kind: 'rest',
            size: sum(small),
          },
        ];
  return sorted([...named, ...rest]);
}

/** The directories that images have to themselves, with a slash at the end, the longest first. */
function placesOf({ segments }: OsPlan): string[] {
  const places = segments.flatMap(({ plan: { at } }) =>
    at === '' ? [] : [`${at}/rootfs/`, `${at}/lower/`, `${at}/`],
  );
  return places.sort((a, b) => b.length - a.length);
}

/** The path of a file in its image. */
function inImage(path: string, places: readonly string[]): string {
  const place = places.find((one) => path.startsWith(one));
  return place === undefined ? path : path.slice(place.length);
}

/** Names the layer of a file: `layer 2 of 7`. Undefined for a file that no layer holds as it is, such as a kernel's module. */
function layerNames(
  plan: OsPlan,
  images: ReadonlyMap<string, OciImage>,
): (file: RootFile) => string | undefined {
  const names = new Map<string, Map<string, string>>();
  for (const { reference, image } of plan.segments) {
    const { layers } = images.get(image.id) as OciImage;
    const ofImage = layers.map(
      ({ diffID }, i) => [diffID as string, `layer ${i + 1} of ${layers.length}`] as const,
    );
    names.set(reference, new Map([...(names.get(reference) ?? []), ...ofImage]));
  }
  return ({ image, content }) => names.get(image)?.get(content.source.id);
}

function sorted(nodes: readonly SizeNode[]): SizeNode[] {
  return [...nodes].sort((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1));
}

function sum(files: readonly { readonly size: number }[]): number {
  return files.reduce((total, { size }) => total + size, 0);
}
