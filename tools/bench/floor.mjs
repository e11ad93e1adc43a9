// N: a workspace with the graph of the real one, whose tasks write files of the same sizes and do nothing else.
import { cpSync, existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Workspace } from './workspace.mjs';

const PLUGIN = join(dirname(fileURLToPath(import.meta.url)), 'floor');

export class Floor {
  /** How often a task ran: part of its options, so that it runs again when the real one did. */
  #runs = new Map();
  #sizes = new Map();

  constructor(base, name = 'floor') {
    this.workspace = new Workspace(base, name, {
      plugin: { plugin: 'floor' },
      files: { 'floor.json': '{}' },
    });
    cpSync(PLUGIN, join(this.workspace.dir, 'node_modules/floor'), { recursive: true });
  }

  /** Takes over the graph of the real workspace, and which of its tasks the last command ran. */
  async follow(real, executed) {
    const nodes = await recordGraph(real);
    for (const id of executed) this.#runs.set(id, (this.#runs.get(id) ?? 0) + 1);
    const ran = new Set(executed);
    const projects = nodes.map((node) => this.#mirror(node, real.dir, ran));
    this.workspace.write({
      'floor.json': JSON.stringify(Object.fromEntries(projects.map((one) => [one.root, one]))),
    });
  }

  #mirror({ name, targets, ...node }, dir, ran) {
    const mirrored = Object.entries(targets).map(([target, { executor, ...rest }]) => {
      const id = `${name}:${target}`;
      if (ran.has(id) || !this.#sizes.has(id)) this.#sizes.set(id, outputFiles(dir, node.root, rest.outputs));
      // Options of all targets are hashed into each of a project's tasks: one that always runs must not change.
      const v = rest.cache ? (this.#runs.get(id) ?? 0) : 0;
      const options = { v, files: this.#sizes.get(id) };
      const own = executor === 'nx-linuxkit:stage' ? 'floor:stage' : 'floor:build';
      return [target, { ...rest, executor: own, options }];
    });
    return { name, ...node, targets: Object.fromEntries(mirrored) };
  }
}

/** The nodes as Nx has them, without what Nx itself added. */
export async function recordGraph(workspace) {
  const file = join(workspace.base, 'graph.json');
  await workspace.nx(['graph', `--file=${file}`]);
  const { nodes } = JSON.parse(readFileSync(file, 'utf8')).graph;
  return Object.values(nodes).map(({ data }) => data);
}

function outputFiles(dir, root, outputs = []) {
  return outputs.flatMap((output) => {
    const folder = output.replace('{projectRoot}', root).replace('{workspaceRoot}/', '');
    const path = join(dir, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path).map((name) => ({
      path: join(folder, name),
      size: statSync(join(path, name)).size,
    }));
  });
}
