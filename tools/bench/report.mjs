// The result for people: on the terminal, and as docs/performance.md with its plot.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandSection } from './command/report.mjs';
import { devSection } from './dev/report.mjs';
import { envSection } from './env/report.mjs';
import { growthSection } from './growth/report.mjs';
import { formatsSection } from './formats/report.mjs';
import { packagesSection } from './packages/report.mjs';
import { plot } from './plot.mjs';
import { aligned } from './table.mjs';
import { judge, megabytes, seconds } from './targets.mjs';

/** Written by hand: what profiles showed, and what was done about it. */
const LEVERS = join(dirname(fileURLToPath(import.meta.url)), 'levers.md');

export function printResult(result) {
  const tables = [scenarioTable(result), targetTable(result), result.formats && formatTable(result)];
  for (const table of tables.filter(Boolean)) console.log(`\n${aligned(table)}`);
}

export function writeDocument(result, docs) {
  writeFileSync(join(docs, 'performance.svg'), plot(result));
  writeFileSync(join(docs, 'performance.md'), document(result));
}

function document(result) {
  return `${[
    '# Performance',
    '<!-- Made by `npm run bench` and `npm run bench -- formats` from tools/bench/results and tools/bench/levers.md. -->',
    introduction(result),
    '![Seconds of each scenario beside its floor](performance.svg)',
    '## Builds',
    aligned(scenarioTable(result)),
    'Tasks counts the tasks that ran, including `build`. Memory is that of the largest process. Written counts the bytes that all processes wrote, to the page cache or to disk; Nx copies every output into its cache. ' +
      `After one cold build, Nx’s cache holds ${megabytes(result.afterCold.cache)} and the store ${megabytes(result.afterCold.store)}.`,
    '## Against the targets',
    aligned(targetTable(result)),
    ...(result.linuxkit
      ? ['## Against LinuxKit', linuxkitText(result), aligned(linuxkitTable(result))]
      : ['`linuxkit` was not installed on this machine, so this run has no comparison with it.']),
    ...unsharedSection(result),
    ...commandSection(),
    ...growthSection(),
    ...packagesSection(),
    ...(result.inference ? ['## Inference', inferenceText(result), aligned(inferenceTable(result))] : []),
    ...(result.formats
      ? [
          '## Formats',
          'Each format was built once by itself, from an existing initramfs.',
          aligned(formatTable(result)),
        ]
      : []),
    ...formatsSection(),
    ...envSection(),
    ...devSection(),
    ...(result.large ? ['## A layer of 1 GiB', largeText(result)] : []),
    ...(result.scaled
      ? ['## Four times as many images', scaledText(result), aligned(scenarioTable(result.scaled))]
      : []),
    '## How it is measured',
    protocol(result),
    readFileSync(LEVERS, 'utf8').trim(),
  ]
    .filter(Boolean)
    .join('\n\n')}\n`;
}

function introduction({ workload, floors, inflater }) {
  const inflated = inflater ? `\`${inflater}\`, the fastest such program of the machine` : '`gzip -dc`';
  return `The workload is an operating system of ${workload.images} images made of Debian packages. Its ${workload.layers} layers have ${megabytes(workload.compressed)} compressed and ${megabytes(workload.unpacked)} unpacked (a shared layer counts once). The registry runs on the same machine.

The results are ratios to floors measured within the same minutes:

- **U** ${seconds(floors.U)}: all layers inflated by ${inflated}, one after the other, on one core; ${seconds(floors.cpu.U)} of CPU. For the bumped image it is ${seconds(floors.imageU)}, ${seconds(floors.cpu.imageU)} of CPU.
- **G** ${seconds(floors.G)}: the same piped into \`pigz -6 -p2\`, the least that a build which compresses again can take; ${seconds(floors.cpu.G)} of CPU. For the bumped image it is ${seconds(floors.imageG)}.
- **N**, measured for each scenario: Nx runs a graph of the same shape, whose tasks only write files of the same sizes.`;
}

function scenarioTable({ scenarios }) {
  const head = [
    'Scenario',
    'Wall',
    'N',
    'Over N',
    'CPU',
    'CPU of N',
    'CPU over N',
    'Memory',
    'Written',
    'Tasks',
  ];
  return [
    head,
    ...scenarios.map(({ title, wall, cpu, rss, daemonRss, written, executed, floor }) => [
      title,
      seconds(wall),
      seconds(floor.wall),
      seconds(wall - floor.wall),
      seconds(cpu),
      seconds(floor.cpu),
      seconds(cpu - floor.cpu),
      megabytes(Math.max(rss, daemonRss ?? 0)),
      megabytes(written),
      String(executed),
    ]),
  ];
}

function targetTable(result) {
  const rows = judge(result).map(({ name, text, shown, ok }) => [name, text, shown, ok ? 'yes' : '**no**']);
  return [['What', 'At most', 'Measured, of what is allowed', 'Kept'], ...rows];
}

function linuxkitText({ linuxkit, initrd }) {
  return `\`linuxkit build --format kernel+initrd\` (${linuxkit.version}) builds the same YAML from the same registry in the same rounds; both tools use plain HTTP. LinuxKit keeps only what it has pulled and makes everything again after any change. It verifies every cached image, layer by layer, before it uses it, so a build with a full cache takes longer than one that pulls. Its initrd has ${megabytes(linuxkit.initrd)}, ours ${megabytes(initrd.initrd)}. Our times are those of \`nx build\` and include Nx itself: without its daemon, Nx starts a process for each plugin, three of its own and ours, unless the environment has \`NX_ISOLATE_PLUGINS=false\`.`;
}

function linuxkitTable({ linuxkit, linuxkitPlain, command, scenarios }) {
  const of = (id) => scenarios.find((scenario) => scenario.id === id);
  const row = ([title, theirs, ours]) => [
    title,
    seconds(theirs.wall),
    seconds(ours.wall),
    (ours.wall / theirs.wall).toFixed(2),
    seconds(theirs.cpu),
    seconds(ours.cpu),
  ];
  const [cold, env] = [of('cold'), of('env')];
  const rows = [
    ['Empty caches, LinuxKit without SBOM', linuxkitPlain?.cold, cold],
    ['Empty caches, LinuxKit with SBOM', linuxkit.cold, cold],
    [
      'Empty caches, Nx’s plugins in its own process',
      (linuxkitPlain ?? linuxkit).cold,
      of('cold-one-process'),
    ],
    ['Empty caches, by the command, no Nx', linuxkitPlain?.cold, command?.cold],
    ['All images there, one `env` changed', (linuxkitPlain ?? linuxkit).warm, env],
    ['The same, by the command, no Nx', linuxkitPlain?.warm, command?.env],
    ['All images there, nothing changed', (linuxkitPlain ?? linuxkit).warm, of('nothing')],
  ];
  const head = ['', 'LinuxKit', 'Ours', 'Ratio', 'CPU of LinuxKit', 'CPU of ours'];
  return [head, ...rows.filter(([, theirs, ours]) => theirs && ours).map(row)];
}

/** The workload in which no two images share a layer: LinuxKit unpacks a shared layer once for each image. */
function unsharedSection({ unshared }) {
  if (!unshared) return [];
  const { images, runs, U, cold, command, linuxkit } = unshared;
  const row = (title, { wall, cpu, rss }, N) => [
    title,
    seconds(wall),
    N === undefined ? '' : seconds(N),
    linuxkit ? ((wall - (N ?? 0)) / linuxkit.wall).toFixed(2) : '',
    seconds(cpu),
    megabytes(rss),
  ];
  return [
    '## No shared layers',
    `An OS of ${images} images, of which no two share a layer, with empty caches, medians of ${runs} rounds; U of the layers is ${seconds(U)}. The share is that of LinuxKit's time which is left when N is taken away.`,
    aligned([
      ['', 'Wall', 'N', 'Over N, share of LinuxKit', 'CPU', 'Memory'],
      ...(linuxkit ? [row('`linuxkit build --no-sbom`', linuxkit)] : []),
      row('`nx build`', cold, cold.floor.wall),
      row('`nx-linuxkit build`', command),
    ]),
  ];
}

function formatTable({ formats }) {
  const rows = formats.map(({ format, error, wall, floor, rss, size }) =>
    error
      ? [format, 'not measured', '', '', '']
      : [format, seconds(wall), seconds(floor), megabytes(rss), megabytes(size)],
  );
  return [['Format', 'Wall', 'N', 'Memory', 'Size'], ...rows];
}

function inferenceText() {
  return '`nx show projects` runs in a workspace of 100 operating systems, each of the 13 images. It is compared with an empty workspace, and with N, where the same nodes are read from one file. Without the daemon, Nx asks every plugin each time.';
}

function inferenceTable({ inference }) {
  const row = (title, key) => [
    title,
    ...['empty', 'full', 'floor'].map((name) => seconds(inference[`${name}${key}`])),
  ];
  return [
    ['', 'Empty', '100 systems', 'N'],
    row('First', 'First'),
    row('Again, daemon off', 'Again'),
    row('Again, daemon on', 'Daemon'),
  ];
}

function largeText({ large }) {
  return `An OS with one layer of ${(large.size / 2 ** 30).toFixed(0)} GiB, built as kernel+initrd and tar: the largest process takes ${megabytes(large.rss)}, the build ${seconds(large.wall)} (gunzip of the layer takes ${seconds(large.U)}).`;
}

function scaledText({ scaled }) {
  const [cold] = scaled.scenarios;
  const theirs =
    scaled.linuxkit === undefined
      ? ''
      : ` \`linuxkit build\` with an empty cache took ${seconds(scaled.linuxkit)} right before it, so the ratio of the cold build is ${(cold.wall / scaled.linuxkit).toFixed(2)}.`;
  return `An OS of ${scaled.images} images, of which the additional ones share no layer, is built once; U of all their layers is ${seconds(scaled.U)}.${theirs}`;
}

function protocol({ runs, machine, date }) {
  const { cpu, cores, memory, node, nx, gzip, pigz, load, sha } = machine;
  const hashing =
    sha === undefined ? '' : sha ? ', with instructions for SHA-256' : ', without instructions for SHA-256';
  return `\`npm run bench\` makes a workspace with copies of the compiled packages, and a second one for N. It runs ${runs} rounds and reports medians. Each round runs every scenario once, or three times where it takes tenths of a second (nothing, one \`files\` entry, one \`env\`), each followed by its floor. Wall time is from the start of \`node nx.js\` to its exit; CPU and memory are wait4's for that process and its children (GNU time). No edit has been built before. The registry is Debian's \`docker-registry\` on loopback.

Measured on ${date}: ${cores} cores of ${cpu}${hashing}, ${(memory / 2 ** 30).toFixed(0)} GiB, Node ${node}, Nx ${nx}, gzip ${gzip}, pigz ${pigz}. The load was ${load.toFixed(1)} when the run began${load > 1 ? ', so the machine was shared. That slows several threads more than one, and CPU seconds say more than wall times' : ''}. The raw numbers are in [tools/bench/results/latest.json](../tools/bench/results/latest.json).`;
}
