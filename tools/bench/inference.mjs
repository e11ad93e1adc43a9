// What inference adds to `nx show projects`: many operating systems against an empty workspace.
import { Floor } from './floor.mjs';
import { median } from './measure.mjs';
import { Workspace } from './workspace.mjs';

const SHOW = ['show', 'projects'];

export async function measureInference(base, { yaml, lock, systems, runs }) {
  const plugin = { plugin: 'nx-linuxkit' };
  const empty = new Workspace(base, 'empty', { plugin, files: { 'readme.txt': '' } });
  const full = new Workspace(base, 'systems', { plugin, files: manySystems(yaml, lock, systems) });
  const floor = new Floor(base, 'systems-floor');
  await floor.follow(full, []);
  const workspaces = { empty, full, floor: floor.workspace };

  const samples = {};
  const sample = async (name, workspace, options) => {
    const { wall } = await workspace.nx(SHOW, options);
    (samples[name] ??= []).push(wall);
  };
  for (let run = 0; run < runs; run += 1) {
    for (const [name, workspace] of Object.entries(workspaces)) {
      workspace.clear();
      await sample(`${name}First`, workspace);
      await sample(`${name}Again`, workspace);
    }
  }
  for (const [name, workspace] of Object.entries(workspaces)) {
    await workspace.nx(SHOW, { daemon: true });
    await workspace.nx(SHOW, { daemon: true });
    for (let run = 0; run < runs; run += 1) await sample(`${name}Daemon`, workspace, { daemon: true });
    await workspace.stopDaemon();
  }
  return Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)]));
}

/** Each with a file of its own, so that no two are alike. */
function manySystems(yaml, lock, count) {
  const folders = Array.from({ length: count }, (_, i) => `apps/os-${i}`);
  return Object.fromEntries(
    folders.flatMap((folder, i) => [
      [`${folder}/linuxkit.yml`, yaml.replace(/contents: ".*"/, `contents: "host-${i}"`)],
      [`${folder}/linuxkit.lock.json`, lock],
    ]),
  );
}
