import { printable } from '@nx-linuxkit/errors';
import { bytes } from '../format-quantity.js';
import type { SizeChange, SizeChanges } from './compare.js';
import { wasted } from './find-copies.js';
import type { SystemSize } from './system-size.js';

/** How many lines a list has for people; the JSON has all. */
const SHOWN = 10;

/** Says what a system is made of, for a person: totals, images, the largest files, copies, and what changed. */
export function sizeLines(size: SystemSize, changes?: SizeChanges): string[] {
  const lines = [
    `${size.system} for ${size.platform}: initrd ${bytes(size.packed)}, ${bytes(size.unpacked)} unpacked`,
    ...section(
      'images (packed, unpacked, files)',
      size.images.map(
        ({ image, packed, unpacked, files }) =>
          [bytes(packed), bytes(unpacked), String(files), image] as const,
      ),
    ),
    ...(size.remade > 0 ? [`made again where images overlap: ${bytes(size.remade)}`] : []),
    ...section(
      'largest files',
      size.files.map((file) => [bytes(file.size), `${file.path} (${file.image})`] as const),
    ),
    ...section(
      'files with the same bytes',
      size.copies.map((copies) => [bytes(wasted(copies)), copies.paths.join(' = ')] as const),
    ),
    ...(changes ? changeLines(changes) : []),
  ];
  return lines.map(printable);
}

function changeLines({ packed, images, files }: SizeChanges): string[] {
  return [
    ...section('changed: initrd', [row(packed)]),
    ...section('changed: images (packed)', images.map(row)),
    ...section('changed: files', files.map(row)),
  ];
}

function row({ name, before, after }: SizeChange): readonly string[] {
  const sign = after < before ? '-' : '+';
  return [`${sign}${bytes(Math.abs(after - before))}`, `${bytes(before)} -> ${bytes(after)}`, name];
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
