// Every format out of 1 GB in a process of its own, beside what copies or compresses the same bytes:
// `npm run bench -- formats`.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeDocument } from '../report.mjs';
import { machineFacts } from '../machine.mjs';
import { measure } from '../measure.mjs';
import { formatsVerdict, printFormats } from './report.mjs';
import { writePayload } from './payload.mjs';

const HELP = `npm run bench -- formats [--runs=3] [--only=raw-bios,vmdk] [--size=1000000000]

  --runs  how often each is made; the least is reported
  --only  these formats alone; writes no result
  --size  bytes of the payload; another size than the usual writes no result
`;
const here = dirname(fileURLToPath(import.meta.url));
const { formats } = createRequire(import.meta.url)('../../../packages/formats');
const SIZE = 1e9;
/** Formats whose own compression is most of their work. */
const COMPRESSED = ['kernel+squashfs', 'vmdk', 'gcp'];
/** Options under which a format does other work. */
const VARIANTS = { 'raw-efi': [{ uki: true }], 'qcow2-bios': [{ compressed: true }] };

export async function benchFormats(args) {
  const { values } = parseArgs({
    args,
    options: {
      runs: { type: 'string', default: '3' },
      only: { type: 'string' },
      size: { type: 'string', default: String(SIZE) },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return console.log(HELP);
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-formats-'));
  try {
    const size = Number(values.size);
    const result = await run(folder, size, Number(values.runs), values.only?.split(','));
    if (!values.only && size === SIZE) save(result);
    printFormats(result);
    if (formatsVerdict(result).some(({ ok }) => !ok)) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(folder, size, runs, only) {
  const machine = machineFacts();
  const segments = writePayload(folder, size);
  const raw = join(folder, 'payload.raw');
  await tool('sh', [
    '-c',
    'out=$1; shift; cat "$@" > "$out"',
    'sh',
    raw,
    ...segments.map(({ path }) => path),
  ]);
  const rows = [];
  for (const row of cases().filter(({ format }) => !only || only.includes(format))) {
    const samples = [];
    for (let i = 0; i < runs; i += 1) samples.push(await sample(row, segments, raw, join(folder, 'out')));
    rows.push({ ...row, ...leastOf(samples) });
    console.error(
      `  ${row.title}: ${rows.at(-1).wall.toFixed(2)} s, floor ${rows.at(-1).floor.wall.toFixed(2)} s`,
    );
  }
  return { date: new Date().toISOString().slice(0, 10), runs, size, machine, rows };
}

function cases() {
  return formats.flatMap(({ name, architectures = ['amd64'] }) =>
    [{}, ...(VARIANTS[name] ?? [])].map((options) => ({
      format: name,
      title: [name, ...Object.keys(options)].join(', '),
      options,
      architecture: architectures[0],
      compressed: COMPRESSED.includes(name) || options.compressed === true,
    })),
  );
}

/** The format, and its floor right after it, so that a slow minute of the machine slows both. */
async function sample({ format, options, architecture, compressed }, segments, raw, out) {
  try {
    mkdirSync(out);
    const request = JSON.stringify({ format, options, architecture, segments, folder: out });
    const made = JSON.parse((await tool(process.execPath, [join(here, 'make.mjs'), request])).output);
    const paths = readdirSync(out).map((name) => join(out, name));
    const size = paths.reduce((sum, path) => sum + statSync(path).size, 0);
    if (!compressed) mkdirSync(join(out, 'copy'));
    const floor = compressed
      ? await tool('qemu-img', ['convert', '-c', '-f', 'raw', '-O', 'qcow2', raw, join(out, 'floor')])
      : await tool('cp', [...paths, join(out, 'copy')]);
    return { ...made, size, floor };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

async function tool(command, args) {
  const result = await measure(command, args, { env: { PATH: process.env.PATH } });
  if (result.code !== 0) throw new Error(`${command} ended with ${result.code}: ${result.output}`);
  return result;
}

/**
 * The least of each: memory that the machine's host has to find first makes a copy of 1 GB take ten times as long, or
 * not, which says nothing of who copies.
 */
function leastOf(samples) {
  const of = (select) => Math.min(...samples.map(select));
  const wall = of((sample) => sample.wall);
  const floor = of((sample) => sample.floor.wall);
  return {
    wall,
    cpu: of((sample) => sample.cpu),
    ratio: wall / floor,
    rss: Math.max(...samples.map(({ rss }) => rss)),
    size: samples[0].size,
    floor: { wall: floor, cpu: of((sample) => sample.floor.cpu) },
  };
}

function save(result) {
  const path = join(here, '../results/formats.json');
  const text = JSON.stringify(
    result,
    (_, value) => (typeof value === 'number' ? Math.round(value * 1000) / 1000 : value),
    2,
  );
  writeFileSync(path, `${text}\n`);
  const latest = JSON.parse(readFileSync(join(here, '../results/latest.json'), 'utf8'));
  writeDocument(latest, join(here, '../../../docs'));
}
