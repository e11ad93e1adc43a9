import * as plan from '@nx-linuxkit/stages/plan';
import * as spec from '@nx-linuxkit/spec';

/**
 * In a process that Nx has started for this plugin, loads the code of inference while Nx waits for the processes of its other
 * plugins, which take longer to start. Indexes load a module when one of its names is first used, so that inference would begin
 * with this.
 */
export function preloadInIdleTime(): void {
  if (!('NX_PLUGIN_WORKER' in globalThis)) return;
  // Nx first gets the answer that the plugin is loaded.
  setImmediate(() => {
    for (const index of [plan, spec]) for (const name of Object.keys(index)) void Reflect.get(index, name);
  });
}
