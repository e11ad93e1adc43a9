import { setTimeout as sleep } from 'node:timers/promises';
import { CloudError } from './error.js';

/** Attempts after the first one. */
const MORE = 3;

/**
 * Makes a thing on a platform that would make a second one of a repeated request. `find` looks for the thing before
 * each attempt and after the last one, so that a lost answer makes no second one and a killed push is continued.
 */
export async function madeOnce<T>(
  interval: number,
  find: () => Promise<T | undefined>,
  make: () => Promise<T>,
): Promise<T> {
  for (let more = MORE; ; more--) {
    const found = await find();
    if (found !== undefined) return found;
    try {
      return await make();
    } catch (error) {
      if (!mayHavePassed(error)) throw error;
      if (more === 0) return await foundOr(find, error);
    }
    await sleep(interval);
  }
}

/** A thing that the last attempt has made after all; else throws the error of that attempt. */
async function foundOr<T>(find: () => Promise<T | undefined>, error: unknown): Promise<T> {
  const found = await find().catch(() => undefined);
  if (found === undefined) throw error;
  return found;
}

/** Tells whether a request may have had its effect, or may have it at the next attempt. */
function mayHavePassed(error: unknown): boolean {
  if (!(error instanceof CloudError)) return false;
  return ['unreachable', 'rate-limited'].includes(error.code) || (error.status ?? 0) >= 500;
}
