import { printable } from '@nx-linuxkit/errors';
import { bytes } from '../format-quantity.js';
import type { FileChange, FileState, SystemDiff, VersionChange } from './system-diff.js';

/** Lines of a list for people; the JSON has all. */
const SHOWN = 40;
/** Lines of all text diffs together. */
const TEXT_LINES = 200;

/** Says for a person how a system differs from another state of it. */
export function diffLines({ system, platform, with: named, files, images, packages }: SystemDiff): string[] {
  const heading = `${system} for ${platform}, compared with ${named}`;
  if (files.length === 0 && (images ?? []).length === 0 && packages.length === 0)
    return [`${heading}: no difference`];
  const lines = [
    `${heading}:`,
    ...section('images', images?.map(versionLine) ?? []),
    ...section('packages', packages.map(versionLine)),
    ...section('files', files.map(fileLine)),
    ...textLines(files),
  ];
  return lines.map(printable);
}

function versionLine({ name, before, after }: VersionChange): string {
  if (before === undefined) return `+ ${name} ${after}`;
  if (after === undefined) return `- ${name} ${before}`;
  return `~ ${name}: ${before} -> ${after}`;
}

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function fileLine({ path, change, before, after }: FileChange): string {
  const what = before && after ? differences(before, after) : stateLine((after ?? before) as FileState);
  return `${SIGNS[change]} ${path} (${what})`;
}

function differences(before: FileState, after: FileState): string {
  const named: [string, (state: FileState) => string | undefined][] = [
    ['type', ({ type }) => type],
    ['mode', ({ mode }) => mode],
    ['owner', ({ uid, gid }) => `${uid}:${gid}`],
    ['size', ({ size }) => bytes(size)],
    ['target', ({ target }) => target],
    ['device', ({ device }) => device],
  ];
  const found = named.flatMap(([name, of]) => {
    const [old, now] = [of(before), of(after)];
    return old === now ? [] : [`${name} ${old ?? 'none'} -> ${now ?? 'none'}`];
  });
  if (before.sha256 !== after.sha256) found.push('content');
  return found.join(', ');
}

function stateLine({ type, mode, uid, gid, size, target }: FileState): string {
  const detail = type === 'file' ? bytes(size) : target !== undefined ? `-> ${target}` : '';
  return [type, mode, `${uid}:${gid}`, detail].filter(Boolean).join(' ');
}

function textLines(files: readonly FileChange[]): string[] {
  const lines = files.flatMap(({ text = '' }) => text.trimEnd().split('\n').filter(Boolean));
  return lines.length > TEXT_LINES
    ? [...lines.slice(0, TEXT_LINES), `and ${lines.length - TEXT_LINES} more lines of text`]
    : lines;
}

function section(heading: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > SHOWN ? [`  and ${lines.length - SHOWN} more`] : [];
  return [`${heading}:`, ...lines.slice(0, SHOWN).map((line) => `  ${line}`), ...more];
}
