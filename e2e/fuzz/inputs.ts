import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pick, random } from './random.js';
import type { Target } from './target.js';

/** Inputs that once were read wrongly, by target; each file is one. Most are refused now, so that no others are made of them. */
export const KEPT = join(__dirname, 'kept');

/** Gives the inputs of a target by their number: the seeds and the kept ones as they are, then damaged ones. */
export async function inputsOf(target: Target): Promise<(number: number) => Buffer> {
  const seeds = await target.seeds();
  const whole = [...seeds, ...keptOf(target.name)];
  return (number) => {
    if (number < whole.length) return whole[number];
    const next = random(number);
    return target.mutate(next, pick(next, seeds), pick(next, seeds));
  };
}

function keptOf(name: string): Buffer[] {
  const folder = join(KEPT, name);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
}
