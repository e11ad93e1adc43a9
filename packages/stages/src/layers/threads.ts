import { join } from 'node:path';
import { startThreads } from '@nx-linuxkit/deflate';

/** What a thread runs for a layer: only what is compiled runs in one, also for the sources that tests run. */
export const READ_LAYER = join(__dirname.replace(/src(?=.layers$)/, 'dist'), 'read-layer.js');

/** For a batch that will read layers: threads start while it loads its own code and asks a registry. */
export function startLayerThreads(): void {
  startThreads(READ_LAYER);
}
