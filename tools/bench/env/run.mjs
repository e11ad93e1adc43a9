// One changed `env` in every format, on a machine that has the store, beside N: `npm run bench -- env`.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Floor } from '../floor.mjs';
import { machineFacts } from '../machine.mjs';
import { median } from '../measure.mjs';
import { writeDocument } from '../report.mjs';
import { Workspace, repository } from '../workspace.mjs';
import { envVerdict, printEnv } from './report.mjs';

const HELP = `npm run bench -- env [--runs=3] [--only=kernel+squashfs,vmdk]

  --runs  how often the \`env\` of a service changes for each format; medians are reported
  --only  these formats alone; writes no result
`;
const { formats, supportsPlatform } = createRequire(import.meta.url)('../../../packages/formats');
const { formatTargetName } = createRequire(import.meta.url)('@nx-linuxkit/stages/plan');
const { Store } = createRequire(import.meta.url)('../../../packages/oci');
const OS = 'my-os';
const FILE = `examples/${OS}/linuxkit.yml`;
/** Options under which a format compresses what it does not compress without them. */
const COMPRESSED = { 'qcow2-bios': { compressed: true }, 'qcow2-efi': { compressed: true } };

export async function benchEnv(args) {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '3' },
      only: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(HELP);
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-env-'));
  try {
    const result = await run(base, Number(values.runs), values.only?.split(','));
    if (!values.only) save(result);
    printEnv(result);
    if (envVerdict(result).some(({ ok }) => !ok)) process.exitCode = 1;
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
}

/** The example that has everything, with one format at a time. */
async function run(base, runs, only) {
  const machine = machineFacts();
  const [plugin] = JSON.parse(readFileSync(join(repository, 'nx.json'), 'utf8')).plugins;
  const yaml = readFileSync(join(repository, FILE), 'utf8');
  const rows = [];
  const names = formats.filter((format) => supportsPlatform(format, 'linux/amd64')).map(({ name }) => name);
  const bench = {
    workspace: new Workspace(base, 'real', {
      plugin,
      files: { [FILE]: yaml },
      // The base set is built once for a user, not for each measurement.
      store: Store.open().dir,
    }),
    floor: new Floor(base),
    yaml,
    serial: 0,
  };
  await bench.workspace.nx(['lock', OS]);
  for (const { format, options } of names.flatMap(variantsOf)) {
    if (only && !only.includes(format)) continue;
    rows.push(await measureFormat(bench, format, options, runs));
    const { title, wall, floor } = rows.at(-1);
    console.error(`  ${title}: ${wall.toFixed(2)} s, N ${floor.toFixed(2)} s`);
  }
  return { date: new Date().toISOString().slice(0, 10), runs, machine, rows };
}

const variantsOf = (format) =>
  [{}, ...(COMPRESSED[format] ? [COMPRESSED[format]] : [])].map((options) => ({ format, options }));

/** Each run changes the `env` to a value that no run had; its floor follows it, so that a slow minute slows both. */
async function measureFormat(bench, format, options, runs) {
  const { workspace, floor } = bench;
  const command = [formatTargetName(format, {}), OS, '--output-style=static'];
  const edit = () => workspace.write({ [FILE]: withFormat(bench.yaml, format, options, ++bench.serial) });
  edit();
  await workspace.nx(command);
  const samples = [];
  for (let i = 0; i < runs; i += 1) {
    edit();
    const real = await workspace.nx(command);
    const executed = workspace.executed();
    await floor.follow(workspace, executed);
    const idle = await floor.workspace.nx(command);
    samples.push({ real, idle, executed: executed.length });
  }
  const of = (select) => median(samples.map(select));
  return {
    title: [format, ...Object.keys(options)].join(', '),
    wall: of(({ real }) => real.wall),
    cpu: of(({ real }) => real.cpu),
    floor: of(({ idle }) => idle.wall),
    floorCpu: of(({ idle }) => idle.cpu),
    executed: samples[0].executed,
  };
}

function withFormat(yaml, format, options, serial) {
  const output = JSON.stringify({ format, ...options });
  return yaml
    .replace(/\noutputs:[^]*$/, `\noutputs:\n  - ${output}\n`)
    .replace('    net: host\n', `    net: host\n    env: ["SERIAL=${serial}"]\n`);
}

function save(result) {
  const folder = join(repository, 'tools/bench/results');
  const round = (_, value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value);
  writeFileSync(join(folder, 'env.json'), `${JSON.stringify(result, round, 2)}\n`);
  writeDocument(JSON.parse(readFileSync(join(folder, 'latest.json'), 'utf8')), join(repository, 'docs'));
}
