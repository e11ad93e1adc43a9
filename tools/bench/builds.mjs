// Builds of one workspace, each beside the same of the workspace whose tasks do nothing.
import { Floor } from './floor.mjs';
import { log } from './result.mjs';
import { Samples } from './samples.mjs';
import { build, workspaceFiles } from './scenarios.mjs';
import { Workspace, folderSize } from './workspace.mjs';

export class Builds {
  samples = new Samples();
  #serial = 0;

  /** A workspace `name` below `base`, with a YAML of the workload's images or another one. */
  constructor(base, workload, name, yaml = workload.yaml) {
    this.base = base;
    this.workload = workload;
    this.workspace = new Workspace(base, name, { plugin: workload.plugin, files: workspaceFiles({ yaml }) });
    this.floor = new Floor(base, `${name}-floor`);
  }

  /** Another number each time. */
  next() {
    return ++this.#serial;
  }

  async scenario({ id, edit, clear, env, daemon = false }) {
    const { workspace, floor } = this;
    if (clear) workspace.clear(clear);
    if (daemon) for (const one of [workspace, floor.workspace]) await warmUp(one);
    await edit?.(this, this.next());
    const real = await workspace.nx(build, { daemon, env });
    const executed = workspace.executed();
    this.samples.add(id, { ...real, executed: executed.length, cache: folderSize(workspace.cache) });
    if (id === 'cold')
      this.afterCold = { cache: folderSize(workspace.cache), store: folderSize(workspace.store) };

    if (clear) floor.workspace.clear();
    // What is not measured here is taken over before: only the tasks of this scenario may run.
    await floor.follow(workspace, executed);
    const idle = await floor.workspace.nx(build, { daemon, env });
    this.samples.add(`N ${id}`, { ...idle, executed: floor.workspace.executed().length });
    if (daemon) for (const one of [workspace, floor.workspace]) await one.stopDaemon();
    log(`${id}: ${real.wall.toFixed(2)} s, floor ${idle.wall.toFixed(2)} s, ${executed.length} tasks`);
  }

  async close() {
    await this.workspace.stopDaemon();
    await this.floor.workspace.stopDaemon();
  }
}

/** A daemon that has just started computes the graph, and its code is not compiled yet: not what a user has all day. */
async function warmUp(workspace) {
  for (let served = 0; served < 3; served += 1) await workspace.nx(build, { daemon: true });
}
