import { setTimeout as sleep } from 'node:timers/promises';
import { CloudError } from './error.js';

/** Milliseconds. Imports of small images take up to half an hour on some platforms. */
const LONGEST = 60 * 60_000;

/**
 * Asks until the answer is there, with `interval` milliseconds in between. `ask` returns undefined while the platform
 * is at work, and throws what has failed.
 *
 * @throws CloudError `import-failed` after `longest` milliseconds.
 */
export async function waitFor<T>(
  what: string,
  interval: number,
  ask: () => Promise<T | undefined>,
  longest = LONGEST,
): Promise<T> {
  const end = performance.now() + longest;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) {
      throw new CloudError('import-failed', `${what} is not ready after ${longest / 60_000} minutes`, {
        hint: 'Look at it in the platform’s console, then run the same command again.',
      });
    }
    await sleep(interval);
  }
}
