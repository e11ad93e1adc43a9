import { join } from 'node:path';
import { startThreads } from '@nx-linuxkit/deflate';

/** The module that a thread runs for a layer. Threads run compiled code, also when tests run the sources. */
export const READ_LAYER = join(__dirname.replace(/src(?=.layers$)/, 'dist'), 'read-layer.js');

/**
 * Starts the threads that read layers, so that they are ready when the first registry answers. Call it early in a
 * batch.
 */
export function startLayerThreads(): void {
  startThreads(READ_LAYER);
}
