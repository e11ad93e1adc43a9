import { describe } from '@nx-linuxkit/errors';

/** Runs a task for Nx: a fault becomes one message, without a stack, and the task fails. */
export async function reported(task: () => Promise<void>): Promise<{ success: boolean }> {
  try {
    await task();
    return { success: true };
  } catch (error) {
    console.error(describe(error));
    return { success: false };
  }
}
