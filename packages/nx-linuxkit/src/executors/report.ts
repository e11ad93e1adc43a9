import { describe } from '@nx-linuxkit/errors';

/** Runs a task for Nx. If it throws, it fails with one message, without a stack trace. */
export async function reported(task: () => Promise<void>): Promise<{ success: boolean }> {
  try {
    await task();
    return { success: true };
  } catch (error) {
    console.error(describe(error));
    return { success: false };
  }
}
