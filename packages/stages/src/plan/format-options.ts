import { formats, findFormat, type FormatOptions } from '@nx-linuxkit/formats';
import { SpecError, type OsSpec } from '@nx-linuxkit/spec';

const UNITS = { M: 2 ** 20, G: 2 ** 30, '': 2 ** 30 } as const;
const NAMES = [
  'size',
  'uki',
  'compressed',
  'root',
  'version',
] as const satisfies readonly (keyof FormatOptions)[];

/**
 * The options of a format: those of its entries in `outputs`, where later entries win; before them those of the format
 * that it belongs to.
 */
export function formatOptions(os: OsSpec, format: string): FormatOptions {
  const belongsTo = findFormat(format)?.optionsOf;
  const options: Record<string, unknown> = belongsTo ? withoutSize(formatOptions(os, belongsTo)) : {};
  os.outputs.forEach((output, i) => {
    if (output.format !== format) return;
    for (const name of NAMES) if (output[name] !== undefined) options[name] = output[name];
    if (output.size !== undefined) options.size = parseSize(output.size, os, i);
  });
  return options;
}

/** The size is that of a disk. */
function withoutSize({ size: _, ...options }: FormatOptions): Record<string, unknown> {
  return options;
}

/** Refuses options that have no effect on their format, and sizes that are none, each with its place: SpecError. */
export function checkFormatOptions(os: OsSpec): void {
  os.outputs.forEach((output, i) => {
    const allowed = findFormat(output.format)?.options ?? [];
    const unknown = NAMES.find((name) => output[name] !== undefined && !allowed.includes(name));
    if (unknown === undefined) {
      checkValues(output, os, i);
      return;
    }
    const having = formats.filter(({ options = [] }) => options.includes(unknown)).map(({ name }) => name);
    throw new SpecError('bad-value', `the format ${output.format} has no option ${unknown}`, {
      where: os.where(['outputs', i, unknown]),
      hint: `Formats that have it: ${having.join(', ')}.`,
    });
  });
}

/**
 * A version is part of a file's name, in which systemd-boot reads what follows `+` as the tries that are left. Its
 * characters are those that the Version Format Specification of the UAPI Group compares.
 */
const VERSION = /^[0-9A-Za-z][0-9A-Za-z.~^-]{0,63}$/;

function checkValues(output: OsSpec['outputs'][number], os: OsSpec, index: number): void {
  const { format, size, root, version } = output;
  const roots = findFormat(format)?.roots ?? [];
  if (size !== undefined) parseSize(size, os, index);
  if (root !== undefined && !roots.some((known) => known === root)) {
    throw new SpecError('bad-value', `expected ${roots.join(' or ')}, got ${JSON.stringify(root)}`, {
      where: os.where(['outputs', index, 'root']),
    });
  }
  if (version === undefined || VERSION.test(version)) return;
  throw new SpecError('bad-value', `expected a version such as 1.2.0, got ${JSON.stringify(version)}`, {
    where: os.where(['outputs', index, 'version']),
    hint: 'Write letters, digits and . - ~ ^, beginning with a letter or a digit.',
  });
}

function parseSize(text: string, os: OsSpec, index: number): number {
  const match = /^([1-9]\d{0,9})([MG]?)$/.exec(text);
  if (match) return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  throw new SpecError('bad-value', `expected a size such as 1024M or 2G, got ${JSON.stringify(text)}`, {
    where: os.where(['outputs', index, 'size']),
  });
}
