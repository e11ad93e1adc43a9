import { Fault } from '@nx-linuxkit/errors';
import type { Target } from './target.js';

/** Reads an input. Gives whether it was accepted; throws where it came to neither that nor one of the target's faults. */
export async function checkInput(target: Target, input: Buffer): Promise<boolean> {
  try {
    await target.read(input);
    return true;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    if (!target.faults[error.name]?.includes(error.code))
      throw new Error(`${target.name} has no fault ${error.name} ${error.code}`, { cause: error });
    return false;
  }
}
