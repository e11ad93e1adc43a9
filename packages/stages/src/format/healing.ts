import { DamagedSegment } from './initrd/index.js';

/** A segment that is damaged after so many attempts lies on a bad disk, or its stage is at fault. */
const ATTEMPTS = 4;

/**
 * Reads segments, and has damaged ones made again before another attempt. A build of the same workspace that runs at the same
 * time replaces segments too, so that one attempt may not be enough.
 */
export async function healing<T>(read: () => Promise<T>, heal?: () => Promise<void>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof DamagedSegment) || !heal || attempt === ATTEMPTS) throw error;
      await heal();
    }
  }
}
