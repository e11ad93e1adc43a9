import type { Format } from '../formats/format.js';
import { SpecError, type OsSpec } from '@nx-linuxkit/spec';

/** What an entry of `outputs` may say beside the format's name. */
export interface FormatOptions {
  /** Least size of a disk, in bytes. */
  readonly size?: number;
  /** A unified kernel image instead of GRUB. */
  readonly uki?: boolean;
  /** Compressed clusters. */
  readonly compressed?: boolean;
}

const UNITS = { M: 2 ** 20, G: 2 ** 30, '': 2 ** 30 } as const;
const NAMES = ['size', 'uki', 'compressed'] as const satisfies readonly (keyof FormatOptions)[];

/** The options of a format: those of its entries in `outputs`, later ones win. */
export function formatOptions(os: OsSpec, format: string): FormatOptions {
  const options: Record<string, unknown> = {};
  os.outputs.forEach((output, i) => {
    if (output.format !== format) return;
    for (const name of NAMES) if (output[name] !== undefined) options[name] = output[name];
    if (output.size !== undefined) options.size = parseSize(output.size, os, i);
  });
  return options;
}

/** An option that the format does not have would be without effect: an error, with its place. */
export function checkFormatOptions(os: OsSpec, formats: readonly Format[]): void {
  os.outputs.forEach((output, i) => {
    const allowed = formats.find(({ name }) => name === output.format)?.options ?? [];
    const unknown = NAMES.find((name) => output[name] !== undefined && !allowed.includes(name));
    if (unknown === undefined) {
      if (output.size !== undefined) parseSize(output.size, os, i);
      return;
    }
    const having = formats.filter(({ options = [] }) => options.includes(unknown)).map(({ name }) => name);
    throw new SpecError('bad-value', `the format ${output.format} has no option ${unknown}`, {
      where: os.where(['outputs', i, unknown]),
      hint: `Formats that have it: ${having.join(', ')}.`,
    });
  });
}

function parseSize(text: string, os: OsSpec, index: number): number {
  const match = /^([1-9]\d{0,9})([MG]?)$/.exec(text);
  if (match) return Number(match[1]) * UNITS[match[2] as keyof typeof UNITS];
  throw new SpecError('bad-value', `expected a size such as 1024M or 2G, got ${JSON.stringify(text)}`, {
    where: os.where(['outputs', index, 'size']),
  });
}
