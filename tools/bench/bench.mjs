// Measures builds against floors that are taken in the same run. `npm run bench`; --help says what can be chosen.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Builds } from './builds.mjs';
import { benchCache } from './cache/run.mjs';
import { benchCommand } from './command/run.mjs';
import { measureFormats } from './each-format.mjs';
import { benchDev } from './dev/run.mjs';
import { benchEnv } from './env/run.mjs';
import { inflater, initrdOf, initrdSizes } from './floors.mjs';
import { benchFormats } from './formats/run.mjs';
import { benchGrowth } from './growth/run.mjs';
import { measureInference } from './inference.mjs';
import { measureLarge } from './large.mjs';
import { machineFacts } from './machine.mjs';
import { benchPackages } from './packages/run.mjs';
import { printResult, writeDocument } from './report.mjs';
import { saveResult } from './result.mjs';
import { others, rounds } from './round.mjs';
import { measureScaled } from './scaled.mjs';
import { distOf, formatCommand, lock, scenarios } from './scenarios.mjs';
import { measureUnshared } from './unshared.mjs';
import { Workload } from './workload.mjs';
import { folderSize, repository } from './workspace.mjs';

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
npm run bench -- dev: how soon a changed file is live in a guest of \`nx dev\`; see its --help
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

/** Benchmarks of their own: `npm run bench -- formats`. */
const COMMANDS = {
  formats: benchFormats,
  cache: benchCache,
  dev: benchDev,
  env: benchEnv,
  command: benchCommand,
  growth: benchGrowth,
  packages: benchPackages,
};

async function main([command, ...rest]) {
  if (Object.hasOwn(COMMANDS, command ?? '')) return COMMANDS[command](rest);
  const { values: options } = parseArgs({ options: OPTIONS });
  if (options.help) return console.log(HELP);
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-bench-'));
  const workload = await Workload.start(base);
  const builds = new Builds(base, workload, 'real');
  try {
    const result = await measureAll(base, builds, {
      ...options,
      runs: Number(options.runs ?? (options.quick ? 1 : 3)),
      chosen: scenarios.filter(({ id }) => !options.only || options.only.split(',').includes(id)),
    });
    const partial = options.quick || options.only;
    saveResult(result, partial ? 'partial' : options.name);
    printResult(result);
    if (!partial && options.name === 'latest') writeDocument(result, join(repository, 'docs'));
  } finally {
    await builds.close();
    await workload.stop();
    if (!options.keep) rmSync(base, { recursive: true, force: true });
  }
}

async function measureAll(base, builds, { runs, quick, large, scaled, formats, chosen }) {
  const { samples, workload, workspace } = builds;
  const date = new Date().toISOString().slice(0, 10);
  await workspace.nx(lock);
  const machine = machineFacts();
  const { linuxkit, plain, program } = quick ? {} : others(base, workload);
  await rounds(runs, builds, chosen, { linuxkit, plain, program });
  const result = {
    date,
    runs,
    machine,
    inflater: `${inflater().name} ${inflater().version}`,
    workload: {
      images: workload.images.length,
      layers: workload.layers().length,
      compressed: total(workload.layers()),
      unpacked: workload.unpacked(),
    },
    floors: samples.floors(),
    scenarios: chosen.map(({ id, title }) => ({ id, title, ...samples.medians(id) })),
    afterCold: builds.afterCold,
    cache: folderSize(workspace.cache),
  };
  if (quick) return result;
  saveResult(result, 'partial');
  result.initrd = await sizesOfInitrd(workspace);
  result.inference = await measureInference(base, {
    yaml: workload.yaml,
    lock: workspace.read('apps/my-os/linuxkit.lock.json'),
    systems: SYSTEMS,
    runs,
  });
  if (large) result.large = await measureLarge(base, workload);
  result.unshared = await measureUnshared(base, workload, runs);
  if (scaled) result.scaled = await measureScaled(base, workload);
  result.linuxkit = linuxkit?.medians();
  result.linuxkitPlain = plain?.medians();
  result.command = { cold: samples.own('command cold'), env: samples.own('command env') };
  saveResult(result, 'partial');
  if (formats) result.formats = await measureFormats(builds);
  return result;
}

async function sizesOfInitrd(workspace) {
  for (const format of ['kernel+initrd', 'tar']) await workspace.nx(formatCommand(format));
  return initrdSizes(
    initrdOf(join(workspace.dir, 'dist/apps/my-os')),
    join(workspace.dir, distOf('tar'), 'my-os.tar'),
  );
}

function total(files) {
  return files.reduce((sum, file) => sum + readFileSync(file).length, 0);
}

await main(process.argv.slice(2));
