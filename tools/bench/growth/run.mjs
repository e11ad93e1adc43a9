// How costs grow with the number of systems, services, layers, files and sources, and what is on the disk after many builds:
// `npm run bench -- growth`.
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { machineFacts } from '../machine.mjs';
import { writeDocument } from '../report.mjs';
import { Workspace, folderSize, repository } from '../workspace.mjs';
import { printGrowth } from './report.mjs';
import { noise, pushImages, startRegistry, units } from './units.mjs';

const HELP = `npm run bench -- growth [--only=systems,files-init] [--small] [--builds=25]

  --only    these units alone: ${[...units.map(({ id }) => id), 'disk'].join(', ')}
  --small   the smallest size of each unit, for a look at the bench itself
  --builds  of a system whose image gets another layer of 3 MB before each: what is on the disk after the first and the last

Without --only and --small the result is written to tools/bench/results/growth.json and into docs/performance.md.
`;
const LAYER = 3_000_000;
const BUILD_ALL = ['run-many', '-t', 'build', '--output-style=static'];

export async function benchGrowth(args) {
  const { values } = parseArgs({
    args,
    options: {
      only: { type: 'string' },
      small: { type: 'boolean' },
      builds: { type: 'string', default: '25' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(HELP);
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-growth-'));
  const registry = await startRegistry();
  const isChosen = (id) => !values.only || values.only.split(',').includes(id);
  try {
    const machine = machineFacts();
    const rows = [];
    for (const unit of units.filter(({ id }) => isChosen(id))) {
      const sizes = values.small ? unit.sizes.slice(0, 1) : unit.sizes;
      for (const size of sizes) rows.push(await measureUnit(base, registry, unit, size));
    }
    const builds = values.small ? 2 : Number(values.builds);
    const disk = isChosen('disk') ? await measureDisk(base, registry, builds) : undefined;
    const result = { date: new Date().toISOString().slice(0, 10), machine, rows, disk };
    printGrowth(result);
    if (!values.only && !values.small) save(result);
  } finally {
    await registry.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

/** The first build, one of what is there, and one after an edit of one YAML. */
async function measureUnit(base, registry, { id, title, images, files }, size) {
  const reference = await pushImages(registry, images(size));
  const templates = files(size, reference);
  const at = (serial) =>
    Object.fromEntries(
      Object.entries(templates)
        .filter(([, text]) => serial === 0 || text.includes('SERIAL'))
        .map(([path, text]) => [path, text.replaceAll('SERIAL', String(serial))]),
    );
  const plugin = { plugin: 'nx-linuxkit' };
  const workspace = new Workspace(base, `${id}-${size}`, { plugin, files: at(0) });
  try {
    await workspace.nx(['run-many', '-t', 'lock']);
    workspace.clear();
    const cold = kept(await workspace.nx(BUILD_ALL), workspace);
    const nothing = kept(await workspace.nx(BUILD_ALL), workspace);
    workspace.write(at(1));
    const edit = kept(await workspace.nx(BUILD_ALL), workspace);
    console.error(`  ${id} ${size}: ${cold.wall.toFixed(2)} s cold, ${nothing.wall.toFixed(2)} s nothing`);
    return { id, title, size, cold, nothing, edit };
  } finally {
    rmSync(workspace.base, { recursive: true, force: true });
  }
}

function kept({ wall, cpu, rss }, workspace) {
  return { wall, cpu, rss, tasks: workspace.executed().length };
}

/** A system whose image gets another layer before each build. */
async function measureDisk(base, registry, builds) {
  const plugin = { plugin: 'nx-linuxkit' };
  const workspace = new Workspace(base, 'disk', { plugin, files: {} });
  const layer = (serial) => ({ entries: [{ name: 'srv/data', body: noise(serial, LAYER) }] });
  const bottom = { entries: [{ name: 'srv/base', body: noise(1000, 5 * LAYER) }] };
  const after = {};
  for (let build = 1; build <= builds; build += 1) {
    const reference = await pushImages(registry, { disk: [bottom, layer(build)] });
    workspace.write({ 'os/linuxkit.yml': `init: ["${reference('disk')}"]\noutputs: [{format: tar}]\n` });
    await workspace.nx(['lock', 'os', '--update']);
    await workspace.nx(['build', 'os', '--output-style=static']);
    if (build === 1 || build === builds) after[build === 1 ? 'first' : 'last'] = onDisk(workspace);
  }
  return { builds, layer: LAYER, formats: folderSize(join(workspace.dir, 'dist')), ...after };
}

/** Bytes by folder. A file that has several names counts once, where the first of them is. */
function onDisk(workspace) {
  const counted = new Set();
  const size = (folder) => bytesBelow(folder, counted);
  return {
    store: size(workspace.store),
    outputs: size(join(workspace.dir, '.linuxkit')),
    cache: size(workspace.cache),
    dist: size(join(workspace.dir, 'dist')),
  };
}

function bytesBelow(folder, counted) {
  return readdirSync(folder, { recursive: true }).reduce((sum, name) => {
    const found = lstatSync(join(folder, name));
    if (!found.isFile() || counted.has(found.ino)) return sum;
    counted.add(found.ino);
    return sum + found.size;
  }, 0);
}

function save(result) {
  const folder = join(repository, 'tools/bench/results');
  const round = (_, value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value);
  writeFileSync(join(folder, 'growth.json'), `${JSON.stringify(result, round, 2)}\n`);
  const latest = join(folder, 'latest.json');
  if (existsSync(latest)) writeDocument(JSON.parse(readFileSync(latest, 'utf8')), join(repository, 'docs'));
}
