// The command without a workspace, beside `linuxkit build --no-sbom` of the same YAML in the same rounds:
// `npm run bench -- command`.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LinuxKit } from '../linuxkit.mjs';
import { machineFacts } from '../machine.mjs';
import { measure, median } from '../measure.mjs';
import { writeDocument } from '../report.mjs';
import { Workload } from '../workload.mjs';
import { Workspace, repository } from '../workspace.mjs';
import { commandVerdict, printCommand } from './report.mjs';

const HELP = `npm run bench -- command [--runs=3]

  --runs  rounds; medians are reported. Without \`linuxkit\` on PATH the command is measured alone, and no result is written.
`;
/** How often a round changes one \`env\`: tenths of a second differ from build to build. */
const EDITS = 3;

export async function benchCommand(args) {
  const { values } = parseArgs({
    args,
    options: { runs: { type: 'string', default: '3' }, help: { type: 'boolean' } },
  });
  if (values.help) return console.log(HELP);
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-command-'));
  const workload = await Workload.start(base);
  try {
    const result = await run(base, workload, Number(values.runs));
    if (result.linuxkit) save(result);
    printCommand(result);
    if (commandVerdict(result).some(({ ok }) => !ok)) process.exitCode = 1;
  } finally {
    await workload.stop();
    rmSync(base, { recursive: true, force: true });
  }
}

async function run(base, workload, runs) {
  const machine = machineFacts();
  const { yaml, images } = await unsharedYaml(workload);
  const { registry } = workload;
  const linuxkit = LinuxKit.find(join(base, 'linuxkit'), { yaml, registry }, ['--no-sbom']);
  const program = new Program(base, yaml, registry.host);
  const samples = { cold: [], env: [], nothing: [], theirCold: [], theirEnv: [] };
  let serial = 0;
  for (let round = 0; round < runs; round += 1) {
    if (linuxkit) samples.theirCold.push(await linuxkit.cold());
    samples.cold.push(await program.cold());
    if (linuxkit) samples.theirEnv.push(await linuxkit.build(withEnv(yaml, ++serial)));
    for (let edit = 0; edit < EDITS; edit += 1)
      samples.env.push(await program.build(withEnv(yaml, ++serial)));
    samples.nothing.push(await program.build());
    console.error(`  round ${round + 1}: ${samples.cold.at(-1).wall.toFixed(2)} s cold`);
  }
  const [cold, env, nothing] = ['cold', 'env', 'nothing'].map((id) => medians(samples[id]));
  return {
    date: new Date().toISOString().slice(0, 10),
    runs,
    machine,
    images,
    cold,
    env,
    nothing,
    ...(linuxkit && {
      linuxkit: {
        version: linuxkit.version,
        cold: medians(samples.theirCold),
        env: medians(samples.theirEnv),
      },
    }),
  };
}

/** The workload's YAML with a further version of each image, of which no two share a layer. */
export async function unsharedYaml(workload) {
  let { yaml } = workload;
  const keep = join(workload.base, 'unshared-layers');
  mkdirSync(keep, { recursive: true });
  for (const { name } of workload.images) {
    const digest = await workload.newVersion(name, { all: true, keep });
    yaml = yaml.replaceAll(workload.references.get(name), `${workload.registry.host}/test/${name}@${digest}`);
  }
  const layers = readdirSync(keep).map((name) => join(keep, name));
  return { yaml, images: workload.images.length, layers };
}

export function withEnv(yaml, serial) {
  const changed = yaml.replace(/(- name: nginx\n.*\n)/, `$1    env: ["SERIAL=${serial}"]\n`);
  if (changed === yaml) throw new Error('the YAML has no service nginx');
  return changed;
}

/** The installed program, with a store of its own below the folder `base`. */
export class Program {
  constructor(base, yaml, host) {
    const { dir } = new Workspace(base, 'command', { files: {} });
    this.file = join(dir, 'node_modules/nx-linuxkit/bin/nx-linuxkit.cjs');
    this.folder = join(base, 'program');
    this.yaml = yaml;
    this.host = host;
    mkdirSync(this.folder);
  }

  cold() {
    rmSync(join(this.folder, 'cache'), { recursive: true, force: true });
    return this.build();
  }

  async build(yaml = this.yaml) {
    const { folder, host } = this;
    writeFileSync(join(folder, 'my-os.yml'), yaml);
    const mirror = ['--mirror', `${host}=http://${host}`];
    const output = ['--format', 'kernel+initrd', '--dir', folder, '--cache', join(folder, 'cache')];
    const args = [this.file, 'build', '--no-sbom', ...mirror, ...output, 'my-os.yml'];
    const env = { PATH: process.env.PATH, HOME: folder };
    const result = await measure(process.execPath, args, { cwd: folder, env });
    if (result.code !== 0) throw new Error(`nx-linuxkit build ended with ${result.code}:\n${result.output}`);
    return result;
  }
}

function medians(samples) {
  return Object.fromEntries(
    ['wall', 'cpu', 'rss'].map((key) => [key, median(samples.map((sample) => sample[key]))]),
  );
}

function save(result) {
  const folder = join(repository, 'tools/bench/results');
  writeFileSync(join(folder, 'command.json'), `${JSON.stringify(result, null, 2)}\n`);
  const latest = join(folder, 'latest.json');
  if (existsSync(latest)) writeDocument(JSON.parse(readFileSync(latest, 'utf8')), join(repository, 'docs'));
}
