import { printable } from '@nx-linuxkit/errors';
import { bytes } from '../format-quantity.js';
import type { SizeChange } from './changes.js';
import type { SizeChanges } from './compare.js';
import { wasted } from './find-copies.js';
import { otherRootsText } from './other-roots.js';
import type { SinceBuild } from './since-build.js';
import type { SystemSize } from './system-size.js';

/** How many lines a list has for people; the JSON has all. */
const SHOWN = 10;

/** Says what a system is made of, for a person: totals, images, the largest files, copies, and what changed. */
export function sizeLines(size: SystemSize, changes?: SizeChanges): string[] {
  const lines = [
    `${size.system} for ${size.platform}: initrd ${bytes(size.packed)}, ${bytes(size.unpacked)} unpacked`,
    ...otherRootsText(size.otherRoots),
    ...section(
      'images (packed, unpacked, files)',
      size.images.map(
        ({ image, packed, unpacked, files }) =>
          [bytes(packed), bytes(unpacked), String(files), image] as const,
      ),
    ),
    ...(size.remade > 0 ? [`made again where images overlap: ${bytes(size.remade)}`] : []),
    ...section(
      'packages (packed, unpacked, files)',
      size.packages
        .filter(({ files }) => files > 0)
        .map(
          ({ name, version, images, packed, unpacked, files }) =>
            [
              bytes(packed),
              bytes(unpacked),
              String(files),
              `${name} ${version} (${images.join(', ')})`,
            ] as const,
        ),
    ),
    ...section(
      'largest files (packed, unpacked)',
      size.files.map(
        (file) => [bytes(file.packed), bytes(file.size), `${file.path} (${file.image})`] as const,
      ),
    ),
    ...section(
      'files with the same bytes',
      size.copies.map((copies) => [bytes(wasted(copies)), copies.paths.join(' = ')] as const),
    ),
    ...(size.sinceBuild ? sinceBuildLines(size.sinceBuild) : []),
    ...(changes ? changeLines(changes) : []),
  ];
  return lines.map(printable);
}

function sinceBuildLines({ at, packed, images }: SinceBuild): string[] {
  const heading = `since the build before, which ended at ${at}: initrd ${signed(packed)}`;
  return images.length === 0 ? [heading] : [heading, ...section('images', images.map(row)).slice(1)];
}

function changeLines({ packed, images, packages, files }: SizeChanges): string[] {
  return [
    ...section('changed: initrd', [row(packed)]),
    ...section('changed: images (packed)', images.map(row)),
    ...section('changed: packages', packages.map(row)),
    ...section('changed: files', files.map(row)),
  ];
}

function row(change: SizeChange): readonly string[] {
  const { name, before, after } = change;
  return [signed(change), `${bytes(before)} -> ${bytes(after)}`, name];
}

/** A change as `+16 B`, `-1.2 MB` or `unchanged`. */
export function signed({ before, after }: SizeChange): string {
  if (before === after) return 'unchanged';
  return `${after < before ? '-' : '+'}${bytes(Math.abs(after - before))}`;
}

/** A heading, and columns of which all but the last are aligned to the right; nothing for an empty list. */
function section(heading: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const shown = rows.slice(0, SHOWN);
  const widths = shown[0].map((_, i) => Math.max(...shown.map((columns) => columns[i].length)));
  const lines = shown.map((columns) =>
    columns.map((text, i) => (i === columns.length - 1 ? text : text.padStart(widths[i]))).join('  '),
  );
  const more = rows.length > SHOWN ? [`  and ${rows.length - SHOWN} more`] : [];
  return [`${heading}:`, ...lines.map((line) => `  ${line}`), ...more];
}
