import { StageError } from '../error.js';
import { bytes } from '../format-quantity.js';
import type { SystemSize } from './system-size.js';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  B: 1,
};

/** Reads `50MB` as bytes. Throws StageError `bad-option`. */
export function readBudget(text: string): number {
  const [, count, unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-zA-Z]*)$/.exec(text) ?? [];
  if (count !== undefined && Object.hasOwn(UNITS, unit)) return Math.round(Number(count) * UNITS[unit]);
  throw new StageError(
    'bad-option',
    `cannot read budget ${JSON.stringify(text)}: expected a size such as 50MB`,
    {
      hint: `Write a number and one of ${Object.keys(UNITS).filter(Boolean).join(', ')}.`,
    },
  );
}

/** Throws StageError `over-budget` for an initrd that is larger than `budget` bytes. */
export function checkBudget({ system, packed, images }: SystemSize, budget: number): void {
  if (packed <= budget) return;
  const [largest] = images;
  throw new StageError(
    'over-budget',
    `the initrd of ${system} has ${packed} bytes, expected at most ${budget}: ${bytes(packed - budget)} too many`,
    {
      hint: `Leave something out, or raise the budget. Most comes from ${largest.image}: ${bytes(largest.packed)}.`,
    },
  );
}
