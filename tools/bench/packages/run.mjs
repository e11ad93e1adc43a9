// Packages from Dockerfiles against N and against `tar | pigz`: `npm run bench -- packages`.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Floor } from '../floor.mjs';
import { writePayload } from '../formats/payload.mjs';
import { machineFacts } from '../machine.mjs';
import { measure, median } from '../measure.mjs';
import { writeDocument } from '../report.mjs';
import { Workspace, repository } from '../workspace.mjs';
import { packagesVerdict, printPackages } from './report.mjs';
import { PACKAGES, firstOfChain, packageFiles } from './workload.mjs';

const HELP = `npm run bench -- packages [--runs=3]

  --runs  rounds; medians are reported
`;
/** Nx's usual output leaves out the lines of tasks, which say where an image came from. */
const BUILD = ['run-many', '-t', 'build', '--output-style=stream'];
/** Tenths of a second differ from build to build. */
const TIMES = 3;
/** Bytes of the package that only copies. */
const LARGE = 50e6;
const PUSH = { NX_LINUXKIT_PACKAGES_PUSH: 'true' };

export async function benchPackages(args) {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '3' }, help: { type: 'boolean' } },
  });
  if (values.help) return console.log(HELP);
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-packages-'));
  const registry = await createRequire(import.meta.url)('../../../packages/testing').startBareRegistry();
  try {
    const result = await run(base, registry.host, Number(values.runs));
    save(result);
    printPackages(result);
    if (packagesVerdict(result).some(({ ok }) => !ok)) process.exitCode = 1;
  } finally {
    await registry.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

async function run(base, host, runs) {
  const machine = machineFacts();
  const plugin = { plugin: 'nx-linuxkit', options: { packages: { registry: `${host}/cache` } } };
  const files = packageFiles();
  const workspace = new Workspace(base, 'real', { plugin, files });
  const clone = new Workspace(base, 'clone', { plugin, files });
  const bench = new PackageBench(workspace, new Floor(base));
  const copy = new CopyOnly(base);
  const [samples, copies] = [{ cold: [], nothing: [], edit: [], clone: [] }, []];
  let serial = 0;
  for (let round = 0; round < runs; round += 1) {
    workspace.write(files);
    workspace.clear();
    bench.floor.workspace.clear();
    samples.cold.push(await bench.sample({ env: PUSH }));
    for (let time = 0; time < TIMES; time += 1) samples.nothing.push(await bench.sample());
    for (let time = 0; time < TIMES; time += 1) {
      workspace.write(firstOfChain(time, ++serial));
      samples.edit.push(await bench.sample());
    }
    samples.clone.push(await taken(clone));
    copies.push(await copy.sample());
    const last = samples.edit.at(-1);
    console.error(
      `  round ${round + 1}: edit ${last.wall.toFixed(2)} s, floor ${last.floor.wall.toFixed(2)} s`,
    );
  }
  const rows = Object.entries(samples).map(([id, all]) => [id, medians(all)]);
  return {
    date: new Date().toISOString().slice(0, 10),
    runs,
    machine,
    packages: PACKAGES,
    ...Object.fromEntries(rows),
    copy: { size: LARGE, ...medians(copies) },
  };
}

/** Builds, and N right after it. */
class PackageBench {
  constructor(workspace, floor) {
    Object.assign(this, { workspace, floor });
  }

  async sample({ env } = {}) {
    const real = await this.workspace.nx(BUILD, { env });
    const executed = this.workspace.executed();
    await this.floor.follow(this.workspace, executed);
    const floor = await this.floor.workspace.nx(BUILD);
    const built = imagesBuilt(executed, real.output);
    console.error(`  ${real.wall.toFixed(2)} s, floor ${floor.wall.toFixed(2)} s, ${executed.length} tasks`);
    return { ...real, built, floor };
  }
}

/** How many images were made by the tasks that ran, and not taken from their registry. */
function imagesBuilt(executed, output) {
  const made = executed.filter((id) => id.startsWith('pkg@')).length;
  return made - output.split('\n').filter((line) => line.includes(', from its registry')).length;
}

/** A clone that has nothing: its store and its cache are empty. */
async function taken(clone) {
  clone.clear();
  const real = await clone.nx(BUILD);
  return { ...real, built: imagesBuilt(clone.executed(), real.output) };
}

/** A package with one COPY, built by the command, and the same files by tar and pigz. */
class CopyOnly {
  constructor(base) {
    const { dir } = new Workspace(base, 'copy', { files: {} });
    this.program = join(dir, 'node_modules/nx-linuxkit/bin/nx-linuxkit.cjs');
    this.folder = join(base, 'large');
    this.files = join(this.folder, 'files');
    mkdirSync(this.files, { recursive: true });
    writePayload(this.files, LARGE);
    writeFileSync(join(this.folder, 'build.yml'), 'image: large\norg: acme\narches: [amd64]\n');
    writeFileSync(join(this.folder, 'Dockerfile'), 'FROM scratch\nCOPY files /files\n');
  }

  async sample() {
    const cache = join(this.folder, '../large-cache');
    rmSync(cache, { recursive: true, force: true });
    const env = { PATH: process.env.PATH, HOME: join(this.folder, '..') };
    const args = [this.program, 'pkg', 'build', '--hash=1', '--cache', cache, this.folder];
    const real = await checked(measure(process.execPath, args, { env }));
    const script = 'tar -cf - "$1" | pigz -6 -p2 > "$2"';
    const archive = join(this.folder, '../large.tar.gz');
    const floor = await checked(measure('sh', ['-c', script, 'sh', this.files, archive], { env }));
    return { ...real, built: 1, floor };
  }
}

async function checked(measured) {
  const result = await measured;
  if (result.code !== 0) throw new Error(`ended with ${result.code}:\n${result.output}`);
  return result;
}

function medians(samples) {
  const of = (all) =>
    Object.fromEntries(['wall', 'cpu', 'rss'].map((key) => [key, median(all.map((one) => one[key]))]));
  const floors = samples.flatMap(({ floor }) => floor ?? []);
  return {
    ...of(samples),
    // A bar on what is built holds for each sample.
    built: Math.max(...samples.map(({ built }) => built)),
    ...(floors.length > 0 && { floor: of(floors) }),
  };
}

function save(result) {
  const folder = join(repository, 'tools/bench/results');
  const text = JSON.stringify(result, (_, value) => (typeof value === 'number' ? round(value) : value), 2);
  writeFileSync(join(folder, 'packages.json'), `${text}\n`);
  const latest = join(folder, 'latest.json');
  if (existsSync(latest)) writeDocument(JSON.parse(readFileSync(latest, 'utf8')), join(repository, 'docs'));
}

const round = (value) => Math.round(value * 1000) / 1000;
