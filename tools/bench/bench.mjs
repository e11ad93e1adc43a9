// Measures builds against floors that are taken in the same run. `npm run bench`; --help says what can be chosen.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Floor } from './floor.mjs';
import { benchCache } from './cache/run.mjs';
import { Program, benchCommand, unsharedYaml, withEnv } from './command/run.mjs';
import { benchEnv } from './env/run.mjs';
import { benchFormats } from './formats/run.mjs';
import { inflate, inflater, initrdOf, initrdSizes, recompress } from './floors.mjs';
import { benchGrowth } from './growth/run.mjs';
import { measureInference } from './inference.mjs';
import { measureLarge } from './large.mjs';
import { LinuxKit } from './linuxkit.mjs';
import { machineFacts } from './machine.mjs';
import { median } from './measure.mjs';
import { benchPackages } from './packages/run.mjs';
import { printResult, writeDocument } from './report.mjs';
import { COPIES, SCALED, scaledWorkload } from './scaled.mjs';
import {
  BUMPED,
  build,
  changeFormats,
  distOf,
  formatCommand,
  lock,
  scenarios,
  sources,
  workspaceFiles,
} from './scenarios.mjs';
import { Workload } from './workload.mjs';
import { Workspace, folderSize, repository } from './workspace.mjs';

const HELP = `npm run bench -- [--runs=3] [--quick] [--only=cold,env] [--large] [--scaled] [--formats] [--name=latest] [--keep]

  --runs    how often each is measured; medians are reported
  --quick   one run of the builds alone; writes no document
  --only    these scenarios alone
  --large   also the peak memory with a layer of 1 GiB
  --scaled  also a system of four times as many images, once
  --formats  also every format, once
  --name    of the result, tools/bench/results/<name>.json; docs/performance.md is made from \`latest\`
  --keep    leave the workspaces for a look

npm run bench -- formats: every format out of 1 GB, against cp and qemu-img; see its --help
npm run bench -- cache: restoring a build from a registry, against a static server; see its --help
npm run bench -- env: one changed \`env\` in every format, on a machine that has the store; see its --help
npm run bench -- growth: what 300 systems, 200 services, 127 layers, 200,000 files and 5,000 sources cost; see its --help
npm run bench -- command: the command without a workspace, against linuxkit build; see its --help
npm run bench -- packages: packages from Dockerfiles, against N and tar | pigz; see its --help
`;
const OPTIONS = {
  runs: { type: 'string' },
  quick: { type: 'boolean' },
  only: { type: 'string' },
  large: { type: 'boolean' },
  scaled: { type: 'boolean' },
  formats: { type: 'boolean' },
  name: { type: 'string', default: 'latest' },
  keep: { type: 'boolean' },
  help: { type: 'boolean' },
};
/** As many as the target is set for. */
const SYSTEMS = 100;

async function main() {
  const [command, ...rest] = process.argv.slice(2);
  if (command === 'formats') return benchFormats(rest);
  if (command === 'cache') return benchCache(rest);
  if (command === 'env') return benchEnv(rest);
  if (command === 'command') return benchCommand(rest);
  if (command === 'growth') return benchGrowth(rest);
  if (command === 'packages') return benchPackages(rest);
  const { values: options } = parseArgs({ options: OPTIONS });
  if (options.help) return console.log(HELP);
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-bench-'));
  const bench = await Bench.open(base);
  try {
    const result = await bench.run({
      ...options,
      runs: Number(options.runs ?? (options.quick ? 1 : 3)),
      chosen: scenarios.filter(({ id }) => !options.only || options.only.split(',').includes(id)),
    });
    const partial = options.quick || options.only;
    save(result, partial ? 'partial' : options.name);
    printResult(result);
    if (!partial && options.name === 'latest') writeDocument(result, join(repository, 'docs'));
  } finally {
    await bench.close();
    if (!options.keep) rmSync(base, { recursive: true, force: true });
  }
}

class Bench {
  static async open(base) {
    const workload = await Workload.start(base);
    const { plugin } = workload;
    const workspace = new Workspace(base, 'real', { plugin, files: workspaceFiles(workload) });
    return new Bench(base, workload, workspace, new Floor(base));
  }

  constructor(base, workload, workspace, floor) {
    Object.assign(this, { base, workload, workspace, floor, serial: 0, samples: new Map() });
  }

  async close() {
    await this.workspace.stopDaemon();
    await this.floor.workspace.stopDaemon();
    await this.workload.stop();
  }

  async run({ runs, quick, large, scaled, formats, chosen }) {
    const started = new Date();
    await this.workspace.nx(lock);
    this.original = sources(this.workspace);
    const { workspace, workload } = this;
    const before = machineFacts();
    this.linuxkit = quick ? undefined : LinuxKit.find(join(this.base, 'linuxkit'), workload);
    const plain = ['--no-sbom'];
    this.plain = quick ? undefined : LinuxKit.find(join(this.base, 'linuxkit-plain'), workload, plain);
    this.program = quick
      ? undefined
      : new Program(join(this.base, 'program'), workload.yaml, workload.registry.host);
    for (let run = 0; run < runs; run += 1) await this.round(chosen);
    const cache = folderSize(workspace.cache);
    const result = {
      date: started.toISOString().slice(0, 10),
      runs,
      machine: before,
      inflater: `${inflater().name} ${inflater().version}`,
      workload: {
        images: workload.images.length,
        layers: workload.layers().length,
        compressed: total(workload.layers()),
        unpacked: workload.unpacked(),
      },
      floors: this.floorMedians(),
      scenarios: chosen.map(({ id, title }) => ({ id, title, ...this.medians(id) })),
      afterCold: this.afterCold,
      cache,
    };
    if (quick) return result;
    save(result, 'partial');
    for (const format of ['kernel+initrd', 'tar']) await workspace.nx(formatCommand(format));
    result.initrd = await initrdSizes(
      initrdOf(join(workspace.dir, 'dist/apps/my-os')),
      join(workspace.dir, distOf('tar'), 'my-os.tar'),
    );
    result.inference = await measureInference(this.base, {
      yaml: workload.yaml,
      lock: workspace.read('apps/my-os/linuxkit.lock.json'),
      systems: SYSTEMS,
      runs,
    });
    if (large) result.large = await measureLarge(this.base, workload);
    result.unshared = await this.unshared(runs);
    if (scaled) result.scaled = await this.scaled(result);
    result.linuxkit = this.linuxkit?.medians();
    result.linuxkitPlain = this.plain?.medians();
    result.command = { cold: this.own('command cold'), env: this.own('command env') };
    save(result, 'partial');
    if (formats) result.formats = await this.formats();
    return result;
  }

  /** Every scenario once, with its floors and LinuxKit beside it, so that a slow minute of the machine slows both. */
  async round(chosen) {
    this.workspace.write(this.original);
    this.add('U', await inflate(this.workload.layers()));
    this.add('G', await recompress(this.workload.layers()));
    this.add('U image', await inflate(this.workload.layers([BUMPED])));
    this.add('G image', await recompress(this.workload.layers([BUMPED])));
    const theirs = await this.linuxkit?.sample();
    if (theirs) log(`linuxkit, empty cache: ${theirs.toFixed(2)} s`);
    await this.plain?.sample();
    await this.commandRound();
    for (const scenario of chosen)
      for (let time = 0; time < (scenario.times ?? 1); time += 1) await this.scenario(scenario);
  }

  /** The command without Nx, on the same YAML. */
  async commandRound() {
    if (!this.program) return;
    this.add('command cold', await this.program.cold());
    this.add('command env', await this.program.build(withEnv(this.workload.yaml, ++this.serial)));
  }

  /** Empty caches, with a version of each image that shares no layer with another: by Nx, by the command, by LinuxKit. */
  async unshared(runs) {
    const { plugin, registry } = this.workload;
    const { yaml, images, layers } = await unsharedYaml(this.workload);
    const workspace = new Workspace(this.base, 'unshared', { plugin, files: workspaceFiles({ yaml }) });
    const bench = new Bench(this.base, this.workload, workspace, new Floor(this.base, 'unshared-floor'));
    const folder = join(this.base, 'unshared-linuxkit');
    const theirs = LinuxKit.find(folder, { yaml, registry }, ['--no-sbom']);
    const program = new Program(join(this.base, 'unshared-program'), yaml, registry.host);
    await workspace.nx(lock);
    for (let run = 0; run < runs; run += 1) {
      bench.add('U', await inflate(layers));
      if (theirs) bench.add('linuxkit', await theirs.cold());
      bench.add('command', await program.cold());
      await bench.scenario(scenarios.find(({ id }) => id === 'cold'));
    }
    return {
      images,
      runs,
      U: bench.own('U').wall,
      cold: bench.medians('cold'),
      command: bench.own('command'),
      linuxkit: theirs && bench.own('linuxkit'),
    };
  }

  /** Medians of samples that have no floor. */
  own(id) {
    const samples = this.samples.get(id) ?? [];
    const of = (key) => median(samples.map((sample) => sample[key]));
    return { wall: of('wall'), cpu: of('cpu'), rss: of('rss') };
  }

  async scenario({ id, edit, clear, env, daemon = false }) {
    const { workspace, floor } = this;
    if (clear) workspace.clear(clear);
    if (daemon) for (const one of [workspace, floor.workspace]) await warmUp(one);
    await edit?.(this, ++this.serial);
    const real = await workspace.nx(build, { daemon, env });
    const executed = workspace.executed();
    this.add(id, { ...real, executed: executed.length, cache: folderSize(workspace.cache) });
    if (id === 'cold')
      this.afterCold = { cache: folderSize(workspace.cache), store: folderSize(workspace.store) };

    if (clear) floor.workspace.clear();
    // What is not measured here is taken over before: only the tasks of this scenario may run.
    await floor.follow(workspace, executed);
    const idle = await floor.workspace.nx(build, { daemon, env });
    this.add(`N ${id}`, { ...idle, executed: floor.workspace.executed().length });
    if (daemon) for (const one of [workspace, floor.workspace]) await one.stopDaemon();
    log(`${id}: ${real.wall.toFixed(2)} s, floor ${idle.wall.toFixed(2)} s, ${executed.length} tasks`);
  }

  /** The same with further versions of each image, every layer of them new. */
  async scaled({ workload: { images } }) {
    const { yaml, layers } = await scaledWorkload(this.workload);
    const { plugin, registry } = this.workload;
    const workspace = new Workspace(this.base, 'scaled', { plugin, files: workspaceFiles({ yaml }) });
    const bench = new Bench(this.base, this.workload, workspace, new Floor(this.base, 'scaled-floor'));
    try {
      await workspace.nx(lock);
      const { wall: U } = await inflate(layers);
      const theirs = await LinuxKit.find(join(this.base, 'scaled-linuxkit'), { yaml, registry })?.cold();
      if (theirs) log(`linuxkit, empty cache: ${theirs.wall.toFixed(2)} s`);
      const chosen = scenarios.filter(({ id }) => SCALED.includes(id));
      for (const scenario of chosen) await bench.scenario(scenario);
      const rows = chosen.map(({ id, title }) => ({ id, title, ...bench.medians(id) }));
      return { images: images * COPIES, U, scenarios: rows, linuxkit: theirs?.wall };
    } finally {
      await workspace.stopDaemon();
      await bench.floor.workspace.stopDaemon();
    }
  }

  /** Each format alone: its initramfs is there, and the boot loaders that it takes. */
  async formats() {
    const { workspace, floor } = this;
    const { formatNames } = createRequire(import.meta.url)('../../packages/stages');
    const rows = [];
    for (const format of formatNames) {
      const command = formatCommand(format);
      const made = await workspace.nx(command).catch((error) => ({ error }));
      if (made.error) {
        rows.push({ format, error: firstLine(made.error) });
        log(`${format}: ${rows.at(-1).error}`);
        continue;
      }
      changeFormats(workspace);
      const real = await workspace.nx(command);
      const executed = workspace.executed();
      await floor.follow(workspace, executed);
      const idle = await floor.workspace.nx(command);
      const size = folderSize(join(workspace.dir, distOf(format)));
      rows.push({
        format,
        wall: real.wall,
        floor: idle.wall,
        rss: real.rss,
        size,
        executed: executed.length,
      });
      log(`${format}: ${real.wall.toFixed(2)} s, floor ${idle.wall.toFixed(2)} s`);
    }
    return rows;
  }

  add(id, sample) {
    if (!this.samples.has(id)) this.samples.set(id, []);
    this.samples.get(id).push(sample);
  }

  medians(id) {
    const [real, floor] = [this.samples.get(id), this.samples.get(`N ${id}`)];
    const of = (samples, key) => median(samples.map((sample) => sample[key]));
    return {
      wall: of(real, 'wall'),
      cpu: of(real, 'cpu'),
      rss: of(real, 'rss'),
      daemonRss: of(real, 'daemonRss'),
      written: of(real, 'written'),
      executed: of(real, 'executed'),
      cache: of(real, 'cache'),
      floor: {
        wall: of(floor, 'wall'),
        cpu: of(floor, 'cpu'),
        rss: of(floor, 'rss'),
        executed: of(floor, 'executed'),
      },
      walls: real.map(({ wall }) => round(wall)),
      floorWalls: floor.map(({ wall }) => round(wall)),
    };
  }

  floorMedians() {
    const of = (id, key) => median(this.samples.get(id).map((sample) => sample[key]));
    const all = (key) => ({
      U: of('U', key),
      G: of('G', key),
      imageU: of('U image', key),
      imageG: of('G image', key),
    });
    return { ...all('wall'), cpu: all('cpu') };
  }
}

/** A daemon that has just started computes the graph, and its code is not compiled yet: not what a user has all day. */
async function warmUp(workspace) {
  for (let served = 0; served < 3; served += 1) await workspace.nx(build, { daemon: true });
}

function total(files) {
  return files.reduce((sum, file) => sum + readFileSync(file).length, 0);
}

function firstLine({ message }) {
  return (
    message.split('\n').find((line) => /error|unsupported|missing|expected/i.test(line)) ??
    message.split('\n')[0]
  );
}

const round = (value) => Math.round(value * 1000) / 1000;

function save(result, name) {
  const folder = join(repository, 'tools/bench/results');
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify(result, (_, value) => (typeof value === 'number' ? round(value) : value), 2);
  writeFileSync(join(folder, `${name}.json`), `${text}\n`);
}

function log(line) {
  console.error(`  ${line}`);
}

await main();
